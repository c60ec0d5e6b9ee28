# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Exact match on unseen prompts.

An answer counts when every token of it, and its end, is the most probable one after the true
tokens before it. That is the same as greedy decoding giving the answer, in one forward pass.
"""

import torch

from tasks import SKILLS
from text import exam, render

WATCHED = ["fact", "unknown", "name", "tool_call", "tool_result", "sum", "echo", "needle100",
           "needle300", "needle1000"]


def items(encoder, skill, count, seed):
    """(ids of prompt and answer, number of answer tokens) of `count` unseen prompts."""
    out = []
    for item in exam(skill, count, seed):
        prompt = "".join(t for t, _ in render(item["messages"], item.get("tools", ()), True))
        before = encoder.ids(prompt)
        answer = encoder.ids(item["answer"] + "<|im_end|>")
        out.append((before + answer, len(answer)))
    return out


@torch.no_grad()
def matches(model, pairs, dtype=torch.bfloat16, rows=4096):
    """For each item whether every graded token is the argmax."""
    order = sorted(range(len(pairs)), key=lambda i: len(pairs[i][0]))
    right = [False] * len(pairs)
    while order:
        longest = len(pairs[order[-1]][0])
        part = [order.pop() for _ in range(min(len(order), max(1, rows // longest)))]
        ids = torch.zeros(len(part), longest, dtype=torch.long)
        at, targets, owner = [], [], []
        for r, i in enumerate(part):
            tokens, graded = pairs[i]
            ids[r, :len(tokens)] = torch.tensor(tokens)
            first = len(tokens) - graded
            at += range(r * longest + first - 1, r * longest + len(tokens) - 1)
            targets += tokens[first:]
            owner += [i] * graded
        best = model.forward(ids, torch.tensor(at), dtype).argmax(-1).tolist()
        wrong = {o for o, b, t in zip(owner, best, targets) if b != t}
        for i in part:
            right[i] = i not in wrong
    return right


def quick(model, encoder, count=20):
    """A short look during training."""
    return " ".join(f"{skill} {100 * sum(matches(model, items(encoder, skill, count, 7))) // count}"
                    for skill in WATCHED)


def evaluate(model, encoder, count=100, seed=1, skills=None, dtype=torch.bfloat16):
    """Yields (skill, percent, smallest, mean and largest prompt in tokens)."""
    for skill in skills or SKILLS:
        pairs = items(encoder, skill, count, seed)
        right = matches(model, pairs, dtype)
        sizes = [len(ids) - graded for ids, graded in pairs]
        yield (skill, 100 * sum(right) / count, min(sizes), sum(sizes) // len(sizes), max(sizes))
