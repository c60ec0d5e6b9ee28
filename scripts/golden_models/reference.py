# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Runs a family's tiny model in transformers and judges whether it makes a good fixture."""

import json
import pathlib
import tempfile

import safetensors
import safetensors.numpy
import torch
import transformers

import weights

PROMPT_TOKENS = 48
GREEDY_TOKENS = 24
POSITIONS = [0, 15, 16, 17, 32, 47, 70]  # Whose logits are kept; prompt and answer together.
GAP_MIN = 0.05
DISTINCT_MIN = 12


class Unfit(Exception):
    """This seed's weights do not tell right from wrong."""


class Blank:
    """config.json and the list of tensors, as transformers saves them."""

    def __init__(self, family):
        config = getattr(transformers, family.config)(**family.fields)
        with tempfile.TemporaryDirectory() as folder:
            model = getattr(transformers, family.architecture)(config)
            model.save_pretrained(folder)
            self.config = json.loads((pathlib.Path(folder) / "config.json").read_text())
            with safetensors.safe_open(folder + "/model.safetensors", "np") as file:
                self.shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}
        self.scales = {n: weights.scale_of(n, s, family) for n, s in self.shapes.items()}
        self.vocab = self.config.get("text_config", self.config)["vocab_size"]


def load(family, blank, seed, dtype):
    tensors = {}
    for name, shape in blank.shapes.items():
        count = int(torch.Size(shape).numel())
        tensors[name] = weights.values(seed, name, count, *blank.scales[name]).reshape(shape)
    with tempfile.TemporaryDirectory() as folder:
        (pathlib.Path(folder) / "config.json").write_text(json.dumps(blank.config))
        safetensors.numpy.save_file(tensors, folder + "/model.safetensors", {"format": "pt"})
        kind = getattr(transformers, family.architecture)
        model, report = kind.from_pretrained(
            folder, dtype=dtype, attn_implementation="eager", experts_implementation="eager",
            output_loading_info=True)
    wrong = {k: v for k, v in report.items() if v and k in (
        "missing_keys", "unexpected_keys", "mismatched_keys", "error_msgs", "conversion_errors")}
    if wrong:
        raise RuntimeError(f"{family.name}: {wrong}")
    return model.eval()


def forward(model, ids, **options):
    return model(input_ids=torch.tensor([ids]), use_cache=False, **options)


def greedy(model, prompt):
    """Every step computes all tokens again, so that no cache can be wrong."""
    ids, gaps = list(prompt), []
    for _ in range(GREEDY_TOKENS):
        best = forward(model, ids).logits[0, -1].float().topk(2)
        gaps.append(float(best.values[0] - best.values[1]))
        if gaps[-1] < GAP_MIN:
            raise Unfit("a gap is too small")
        ids.append(int(best.indices[0]))
    if len(set(ids[len(prompt):])) < DISTINCT_MIN:
        raise Unfit("the answer repeats itself")
    return ids[len(prompt):], gaps


def check_cache(model, prompt, expected):
    got = model.generate(torch.tensor([prompt]), max_new_tokens=GREEDY_TOKENS, do_sample=False,
                         min_new_tokens=GREEDY_TOKENS, eos_token_id=None,
                         attention_mask=torch.ones(1, len(prompt), dtype=torch.long))
    return got[0, len(prompt):].tolist() == expected


def check_all_used(model, ids):
    """Every weight of the text model moves the logits: no expert, bias or norm is idle."""
    with torch.enable_grad():
        forward(model, ids).logits.square().sum().backward()
    for name, tensor in model.named_parameters():
        if "vision" in name or "multi_modal" in name:
            continue
        rows = tensor.grad.flatten(1) if tensor.dim() == 3 else tensor.grad.flatten()[None]
        if "embed" not in name and not bool(rows.ne(0).any(1).all()):
            raise Unfit(f"{name} is idle")
    model.zero_grad()


def distance(a, b):
    return float((a - b).norm() / b.norm())


def attempt(family, blank, seed):
    prompt = weights.tokens(seed, PROMPT_TOKENS, blank.vocab)
    model = load(family, blank, seed, torch.float32)
    answer, gaps = greedy(model, prompt)
    out = forward(model, prompt + answer, output_hidden_states=True)
    logits = out.logits[0]
    half = forward(load(family, blank, seed, torch.bfloat16), prompt + answer).logits[0].float()
    worst = max(distance(half[i], logits[i]) for i in POSITIONS)
    if worst > 0.9 * family.bf16_limit:
        raise Unfit("bf16 is far away")
    check_all_used(model, prompt + answer)
    return {"prompt": prompt, "greedy": answer, "gaps": gaps, "logits": logits, "half": half,
            "hidden": [h[0, PROMPT_TOKENS - 1] for h in out.hidden_states], "bf16": worst,
            "cache_agrees": check_cache(model, prompt, answer)}
