#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Makes test/goldens/scores.json: log probabilities of prompts and embeddings by transformers.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0 transformers==5.12.1
    venv/bin/python scripts/golden_scores.py

The models are those of test/goldens/models, with their seeds and prompts. Of each: log_softmax of
the logits at every prompt token but the last, at the token that comes next; the hidden state after
the final norm (hidden_states[-1]) of the last token and the mean of all, each of length 1.
"""

import json
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
import transformers  # noqa: E402

ROOT = pathlib.Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "scripts" / "golden_models"))
import families  # noqa: E402
import reference  # noqa: E402

WANTED = ["deepseek_v3", "falcon_7b", "gemma3", "gpt_oss", "llama3", "mistral", "phi3_longrope",
          "qwen2", "qwen3", "qwen3_moe"]


def numbers(row):
    return [float(f"{value:.7g}") for value in row.tolist()]


def scores_of(family, golden):
    blank = reference.Blank(family)
    model = reference.load(family, blank, golden["seed"], torch.float32)
    prompt = golden["prompt"]
    out = reference.forward(model, prompt, output_hidden_states=True)
    told = torch.log_softmax(out.logits[0].double(), -1)
    hidden = out.hidden_states[-1][0].double()
    return {"logprobs": numbers(told[torch.arange(len(prompt) - 1), torch.tensor(prompt[1:])]),
            "last": numbers(torch.nn.functional.normalize(hidden[-1], dim=0)),
            "mean": numbers(torch.nn.functional.normalize(hidden.mean(0), dim=0))}


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    known = {family.name: family for family in families.all_families()}
    lines = []
    for name in WANTED:
        path = ROOT / "test" / "goldens" / "models" / (name + ".json")
        made = scores_of(known[name], json.loads(path.read_text(encoding="utf-8")))
        lines.append(json.dumps(name) + ": " + json.dumps(made))
        print(name, len(lines[-1]), "bytes", flush=True)
    (ROOT / "test" / "goldens" / "scores.json").write_text(
        "{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
