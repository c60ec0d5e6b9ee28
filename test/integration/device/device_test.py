#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe serve --device cuda` answers recorded conversations of models/tiny: the library, the ABI,
the parts of the model and the device's execution, here on the emulated grid, which is a device in
all but speed.

device_test.py TROUPE MODEL_DIRECTORY LIBRARY
"""

import json
import os
import pathlib
import subprocess
import sys
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Server  # noqa: E402

TROUPE, MODEL, LIBRARY = sys.argv[1], os.path.abspath(sys.argv[2]), os.path.abspath(sys.argv[3])
DEVICE = ("--device", "cuda", "--cuda-library", LIBRARY)


def answers(*more):
    with open(os.path.join(MODEL, "references.json"), encoding="utf-8") as file:
        all_of_them = json.load(file)["conversations"]
    plain = [one for one in all_of_them if not one["tools"]]
    shortest = sorted(plain, key=lambda one: len(json.dumps(one["messages"])))[:3]
    with Server(TROUPE, MODEL, *DEVICE, *more) as server:
        for one in shortest:
            got = server.chat({"messages": one["messages"], "temperature": 0,
                               "max_tokens": len(one["answer_ids"]) + 4})
            assert got["choices"][0]["message"]["content"] == one["answer"], (got, one["answer"])
        again = server.chat({"messages": shortest[0]["messages"], "temperature": 0,
                             "max_tokens": 4, "logprobs": True, "top_logprobs": 2})
        likely = again["choices"][0]["logprobs"]["content"][0]
        assert -0.1 < likely["logprob"] <= 0 and len(likely["top_logprobs"]) == 2, likely
        scored = {"prompt": "The river and the sea", "max_tokens": 2, "prompt_logprobs": 1}
        status, body = server.post(scored, "/v1/completions")
        assert status == 400 and "--device cpu" in body["error"]["message"], (status, body)
    return len(shortest)


def kept_blocks():
    flags = ("--kv-dtype", "fp8", "--host-kv-bytes", str(4 << 20))
    with Server(TROUPE, MODEL, *DEVICE, *flags) as server:
        for word in ("river", "mountain"):
            got = server.chat({"messages": [{"role": "user", "content": (word + " ") * 60}],
                               "temperature": 0, "max_tokens": 8})
            assert got["usage"]["completion_tokens"] > 0, got
        where = f"http://127.0.0.1:{server.admin}/metrics"
        with urllib.request.urlopen(where, timeout=10) as page:
            metrics = page.read().decode()
    blocks = [line for line in metrics.splitlines() if line.startswith("troupe_worker_host_blocks")]
    assert blocks and float(blocks[0].split()[-1]) > 0, blocks


def refusals():
    for flags in (("--kv-dtype", "fp8"), ("--host-kv-bytes", "1048576")):
        done = subprocess.run([TROUPE, "serve", MODEL, "--http-port", "0", *flags],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0 and flags[0] in done.stderr, done
    done = subprocess.run([TROUPE, "serve", MODEL, "--http-port", "0", "--tensor-parallel", "2"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "is of --device cuda" in done.stderr, done
    for flags, words in [(("--expert-parallel",), "give it 2 or more"),
                         (("--tensor-parallel", "2", "--expert-parallel"), "has none")]:
        done = subprocess.run([TROUPE, "serve", MODEL, "--http-port", "0", *DEVICE, *flags],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0 and words in done.stderr, done
    for ranks, words in [("8", "needs as many devices, this machine has 4"),
                         ("3", "must divide num_attention_heads, which is 4")]:
        done = subprocess.run([TROUPE, "serve", MODEL, "--http-port", "0", *DEVICE,
                               "--tensor-parallel", ranks],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode != 0 and words in done.stderr, done
    done = subprocess.run([TROUPE, "serve", MODEL, "--http-port", "0", *DEVICE, "--weights-f32"],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode != 0 and "leave --weights-f32 out" in done.stderr, done


def main():
    count = (answers() + answers("--quantize", "q8_0")
             + answers("--quantize", "q8_0", "--tensor-parallel", "2"))
    kept_blocks()
    refusals()
    print(f"{count} recorded conversations answered on the emulated grid; what it cannot is refused")


main()
