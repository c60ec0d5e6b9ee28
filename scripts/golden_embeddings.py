#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Makes test/integration/embeddings/golden.json: embeddings of models/tiny by transformers.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0 transformers==5.12.1
    venv/bin/python scripts/golden_embeddings.py

Of each text: its tokens; the hidden state after the final norm (hidden_states[-1]) of the last token
and the mean of all, each of length 1; fp32 arithmetic over the weights as they are.
"""

import json
import os
import pathlib

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
import transformers  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent
MODEL = ROOT / "models" / "tiny"
TEXTS = ["The capital of France is", "Hello!", "Count from one to ten. " * 40]


def numbers(row):
    return [float(f"{value:.7g}") for value in torch.nn.functional.normalize(row, dim=0).tolist()]


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    tokenizer = transformers.AutoTokenizer.from_pretrained(MODEL)
    model = transformers.AutoModelForCausalLM.from_pretrained(MODEL, dtype=torch.float32).eval()
    lines = []
    for text in TEXTS:
        tokens = tokenizer(text)["input_ids"]
        hidden = model(torch.tensor([tokens]), output_hidden_states=True).hidden_states[-1][0].double()
        lines.append(json.dumps({"text": text, "tokens": tokens, "last": numbers(hidden[-1]),
                                 "mean": numbers(hidden.mean(0))}))
    out = ROOT / "test" / "integration" / "embeddings" / "golden.json"
    out.write_text('{"texts":[\n' + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
