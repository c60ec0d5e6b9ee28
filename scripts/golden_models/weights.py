# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Weights from a counter hash of tensor name and element: engine/model/weight_hash.hpp is its twin.

Element i of a tensor is center + spread * u, rounded to bf16, with u in [-1, 1) of 24 random bits;
center and spread are whole 1024ths, so that every step before the rounding is exact.
"""

import math

import numpy as np

MASK = (1 << 64) - 1
UNIT = 1024


def key_of(seed, name):
    """FNV-1a of the name, started from the seed."""
    key = (0xcbf29ce484222325 ^ seed) & MASK
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001b3) & MASK
    return key


def draws(seed, name, count):
    """Draw i is splitmix64's after i + 1 steps from the key."""
    with np.errstate(over="ignore"):
        z = np.uint64(key_of(seed, name)) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(
            0x9e3779b97f4a7c15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xbf58476d1ce4e5b9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94d049bb133111eb)
        return z ^ (z >> np.uint64(31))


def values(seed, name, count, center, spread):
    """fp32 values that bf16 holds exactly."""
    u = (draws(seed, name, count) >> np.uint64(40)).astype(np.float64) / (1 << 23) - 1
    bits = ((center + spread * u) / UNIT).astype(np.float32).view(np.uint32)
    rounded = bits + np.uint32(0x7fff) + ((bits >> np.uint32(16)) & np.uint32(1))
    return (rounded & np.uint32(0xffff0000)).view(np.float32)


def tokens(seed, count, vocab):
    return [int(draw % np.uint64(vocab)) for draw in draws(seed, "prompt", count)]


def gain_of(name):
    """Soft attention, so that bf16 stays near; wide choices of experts and tokens."""
    if any(part in name for part in ("q_proj", "k_proj", "q_b_proj")):
        return 1.5
    return 4 if name.endswith(("lm_head.weight", "router.weight", "gate.weight")) else 2


def scale_of(name, shape, family):
    """Center and spread in 1024ths: activations near 1, logits with real gaps, no bias of zero."""
    for ending, scale in family.scales.items():
        if name.endswith(ending):
            return scale
    if "sinks" in name:
        return 0, 2048
    if "e_score_correction_bias" in name:
        return 0, 128
    if name.endswith("bias"):
        return 0, 256
    if len(shape) == 1:
        return (0 if family.norm_adds_one else UNIT), 128
    if "embed" in name and "vision" not in name:
        return 0, (384 if family.is_tied else UNIT)
    # Stacked experts are stored inputs first.
    inputs = shape[1] if len(shape) == 3 else math.prod(shape[1:])
    return 0, round(UNIT * gain_of(name) / math.sqrt(inputs))
