# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Training: Muon for the matrices, AdamW for the rest, rows that grow longer.

The schedule counts tokens, never seconds, so that a run on a slower machine is the same run.
"""

import random
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from model import Model
from text import row
from tokenizer import Encoder

MUON_LR, ADAM_LR, DECAY, WARMUP = 0.02, 3e-3, 0.02, 60
# from this share of the budget on: (row lengths, weights, tokens per step)
STAGES = [(0.0, [128], [1], 4096), (0.15, [128, 256], [1, 1], 4096),
          (0.3, [128, 256, 512], [1, 1, 1], 8192),
          (0.42, [128, 256, 512, 1024, 2048], [0.15, 0.2, 0.2, 0.27, 0.18], 8192)]
PRIMER = 0.15
# A refinement of the shipped weights: long rows, a low rate, rows that no training has seen.
REFINE_RATE, REFINE_FIRST_ROW = 0.2, 10_000_000
REFINE_STAGES = [(0.0, [512, 1024, 2048], [0.2, 0.5, 0.3], 8192)]


def rate(step, share):
    """The learning rate's factor: warm-up, constant, then linear to 2 %."""
    if step < WARMUP:
        return (step + 1) / WARMUP
    return 1.0 if share < 0.45 else max(0.02, 1.0 - 0.98 * (share - 0.45) / 0.55)


def refine_rate(step, share):
    """The factor of a refinement: warm-up, then linear to 1 % of the full rate."""
    return REFINE_RATE * min(1.0, (step + 1) / 20) * (1.0 - share) + 0.01


def orthogonal(g):
    """Newton-Schulz: the nearest (semi-)orthogonal matrices of a batch, roughly."""
    a, b, c = 3.4445, -4.7750, 2.0315
    wide = g.shape[-2] <= g.shape[-1]
    x = (g if wide else g.mT).bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(5):
        s = x @ x.mT
        x = a * x + (b * s + c * s @ s) @ x
    return (x if wide else x.mT).float()


class Optimiser:
    """Muon and AdamW over the model's weights; its state is plain tensors."""

    def __init__(self, model):
        self.model = model
        self.shapes = {}
        for name in model.matrices():
            self.shapes.setdefault(tuple(model.weights[name].shape), []).append(name)
        self.momentum = {n: torch.zeros_like(model.weights[n]) for n in model.matrices()}
        self.adam = torch.optim.AdamW([model.weights[n] for n in model.others()], lr=ADAM_LR,
                                      betas=(0.9, 0.95), weight_decay=0.0)

    @torch.no_grad()
    def step(self, factor):
        for shape, names in self.shapes.items():
            updates = []
            for name in names:
                grad, m = self.model.weights[name].grad, self.momentum[name]
                m.mul_(0.95).add_(grad, alpha=0.05)
                updates.append(grad.lerp(m, 0.95))  # Nesterov
            lr = MUON_LR * factor
            for name, update in zip(names, orthogonal(torch.stack(updates))):
                w = self.model.weights[name]
                w.mul_(1 - lr * DECAY)
                w.add_(update, alpha=-lr * max(1.0, shape[0] / shape[1]) ** 0.5)
        for group in self.adam.param_groups:
            group["lr"] = ADAM_LR * factor
        self.adam.step()
        for w in self.model.weights.values():
            w.grad = None


def batch(encoder, seed, index, length, count, purpose):
    """`count` training rows of `length` tokens: (inputs, targets, graded positions)."""
    rows, marks = [], []
    while len(rows) < count:
        ids, graded = encoder.conversation(*row(seed, index, length * 9 // 8 + 30, purpose))
        index += 1
        if len(ids) <= length:
            continue
        rows.append(ids[:length + 1])
        marks.append(graded[:length + 1])
    ids, marks = torch.tensor(rows), torch.tensor(marks)[:, 1:].reshape(-1)
    at = marks.nonzero().squeeze(1)
    return ids[:, :-1], ids[:, 1:].reshape(-1)[at], at, index


def save(path, model, optimiser, state):
    """Writes a checkpoint with which the run can go on, also with another thread count."""
    temporary = path.with_suffix(".new")
    torch.save({"weights": {n: w.detach() for n, w in model.weights.items()},
                "momentum": optimiser.momentum, "adam": optimiser.adam.state_dict(),
                "state": state}, temporary)
    temporary.replace(path)


def load(path, model, optimiser=None):
    """Reads a checkpoint; returns its state."""
    data = torch.load(path, weights_only=True)
    with torch.no_grad():
        for name, w in model.weights.items():
            w.copy_(data["weights"][name])
    if optimiser:
        optimiser.momentum = data["momentum"]
        optimiser.adam.load_state_dict(data["adam"])
    return data["state"]


def train(directory, budget, resume=False, seed=1, until=None, fp32=False, watch=True,
          refined=None):
    """Trains to `budget` tokens, or stops at `until`; checkpoints go to `directory`.

    `refined` is a model whose weights a refinement starts from.
    """
    from evaluate import quick
    stages, factor, primer = ((REFINE_STAGES, refine_rate, 0.0) if refined else
                              (STAGES, rate, PRIMER))
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    model, encoder = refined or Model(seed), Encoder()
    optimiser = Optimiser(model)
    state = {"tokens": 0, "step": 0, "row": REFINE_FIRST_ROW if refined else 0,
             "seconds": 0.0}
    if resume:
        state = load(directory / "checkpoint.pt", model, optimiser)
    until = min(until or budget, budget)
    started, seconds, saved = time.time(), state["seconds"], state["tokens"]
    losses, count, mark, mark_tokens = 0.0, 0, time.time(), state["tokens"]
    while state["tokens"] < until:
        share = state["tokens"] / budget
        _, lengths, weights, size = [s for s in stages if s[0] <= share][-1]
        length = random.Random(f"length/{seed}/{state['step']}").choices(lengths, weights)[0]
        ids, targets, at, state["row"] = batch(encoder, seed, state["row"], length,
                                               size // length,
                                               "primer" if share < primer else "")
        logits = model.forward(ids, at, torch.float32 if fp32 else torch.bfloat16)
        loss = F.cross_entropy(logits, targets)
        loss.backward()
        optimiser.step(factor(state["step"], share))
        state["tokens"] += size
        state["step"] += 1
        state["seconds"] = seconds + time.time() - started
        losses, count = losses + loss.item(), count + 1
        if state["step"] % 20 == 0:
            now = time.time()
            print(f"step {state['step']} tokens {state['tokens'] / 1e6:.2f}M loss "
                  f"{losses / count:.4f} T {length} graded {len(at) / size:.2f} "
                  f"tok/s {(state['tokens'] - mark_tokens) / (now - mark):.0f} "
                  f"total {state['seconds']:.0f}s", flush=True)
            losses, count, mark, mark_tokens = 0.0, 0, now, state["tokens"]
        if state["tokens"] - saved >= 1_000_000 or state["tokens"] >= until:
            saved = state["tokens"]
            save(directory / "checkpoint.pt", model, optimiser, state)
            if watch:
                print("exam", quick(model, encoder), flush=True)
            mark = time.time()
