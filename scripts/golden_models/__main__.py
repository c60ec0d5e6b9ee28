#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Makes test/goldens/models/<family>.json: what transformers answers on tiny random models.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0 transformers==5.12.1
    venv/bin/python scripts/golden_models [family ...]

A file holds config.json, names, shapes and scales of the tensors (the values come from a hash, see
weights.py), a prompt and transformers' logits and greedy answer. Seeds are tried in order until one
gives clear gaps between the best two tokens, a varied answer and no idle expert.
"""

import base64
import collections
import json
import logging
import os
import pathlib
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch  # noqa: E402
import transformers  # noqa: E402

import families  # noqa: E402
import reference  # noqa: E402
import weights  # noqa: E402

FOLDER = pathlib.Path(__file__).parent.parent.parent / "test" / "goldens" / "models"
SEEDS_MAX = 600


def text_of(row, is_half=False):
    """base64 of little-endian fp32, or of the upper halves."""
    words = row.float().numpy().astype("<f4").view("<u4")
    return base64.b64encode((words >> 16).astype("<u2").tobytes() if is_half
                            else words.tobytes()).decode()


def known_values(blank, seed):
    name, shape = next(iter(sorted(blank.shapes.items())))
    count = int(torch.Size(shape).numel())
    row = weights.values(seed, name, count, *blank.scales[name])
    return [[name, i, float(row[i])] for i in (0, 1, count // 2, count - 1)]


def document(family, blank, seed, got):
    return {
        "family": family.name, "torch": torch.__version__.split("+")[0],
        "transformers": transformers.__version__, "seed": seed,
        "limits": {"fp32": family.fp32_limit, "bf16": family.bf16_limit},
        "bf16_distance": round(got["bf16"], 5),
        "config": blank.config,
        "tensors": [[n, blank.shapes[n], *blank.scales[n]] for n in sorted(blank.shapes)],
        "known": known_values(blank, seed),
        "prompt": got["prompt"], "greedy": got["greedy"],
        "gaps": [round(gap, 4) for gap in got["gaps"]],
        "positions": reference.POSITIONS,
        "logits_fp32": [text_of(got["logits"][i]) for i in reference.POSITIONS],
        "logits_bf16": [text_of(got["half"][i], True) for i in reference.POSITIONS],
        "hidden_fp32": [text_of(row) for row in got["hidden"]],
    }


def write(family, made):
    """One member a line; of long lists one item a line."""
    lines = []
    for name, item in made.items():
        is_long = name == "tensors" or name.startswith(("logits", "hidden"))
        text = "[\n" + ",\n".join(map(json.dumps, item)) + "\n]" if is_long else json.dumps(item)
        lines.append(json.dumps(name) + ": " + text)
    text = "{\n" + ",\n".join(lines) + "\n}\n"
    (FOLDER / (family.name + ".json")).write_text(text, encoding="utf-8")
    return len(text)


def make(family):
    blank = reference.Blank(family)
    refused = collections.Counter()
    for seed in range(1, SEEDS_MAX + 1):
        try:
            got = reference.attempt(family, blank, seed)
        except reference.Unfit as why:
            refused[str(why).split(" is ")[0]] += 1
            continue
        size = write(family, document(family, blank, seed, got))
        print(f"{family.name}: seed {seed}, {size} bytes, gap {min(got['gaps']):.3f}, "
              f"{len(set(got['greedy']))} distinct, logits' deviation "
              f"{float(got['logits'].std()):.2f}, bf16 {got['bf16']:.4f}, "
              f"cache {'agrees' if got['cache_agrees'] else 'DIFFERS'}", flush=True)
        return True
    print(f"{family.name}: no seed fits: {dict(refused)}", flush=True)
    return False


def main():
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    logging.disable(logging.WARNING)
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:]
    known = list(families.all_families())
    unknown = set(wanted) - {f.name for f in known}
    if unknown:
        sys.exit(f"unknown: {', '.join(sorted(unknown))}")
    done = [make(f) for f in known if not wanted or f.name in wanted]
    return 0 if all(done) else 1


if __name__ == "__main__":
    sys.exit(main())
