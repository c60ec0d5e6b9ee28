#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`delay`, `drop` and `crash` of `troupe shell --write --chaos`: they do what they say, end by
themselves, and no client sees another text.

chaos_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("decode-1", "decode"), ("decode-2", "decode")]
DELAY_MS = 60
QUESTIONS = [{"messages": user(f"Please tell me story number {i} of the sea."), "max_tokens": 300,
              "ignore_eos": True, "seed": i, "temperature": 0.8} for i in range(8)]


def shell(cluster, lines, *flags):
    got = subprocess.run(
        [cluster.troupe, "shell", "--run-dir", cluster.directory, "--cluster", cluster.name,
         "--name", "ops", "-o", "json", *flags], input="\n".join(lines), capture_output=True,
        text=True, timeout=60, check=False)
    return got.returncode, [json.loads(line) for line in got.stdout.splitlines()], got.stderr


def harm(cluster, *lines):
    code, told, errors = shell(cluster, lines, "--write", "--chaos", "--yes")
    assert code == 0 and len(told) == len(lines), (lines, code, told, errors)
    return told


def check_refusals(cluster):
    for flags, why in [((), "read-only"), (("--chaos",), "read-only"),
                       (("--write", "--yes"), "--chaos")]:
        code, told, errors = shell(cluster, ["crash decode-1"], *flags)
        assert code == 1 and not told and why in errors and "Would: " in errors, (code, errors)


def check_delay(cluster):
    before, _, during, _, after = harm(
        cluster, "ping decode-1 -n 9", f"delay ops to decode-1 {DELAY_MS}ms --for 30s",
        "ping decode-1 -n 9", "delay ops to decode-1 0ms", "ping decode-1 -n 9")
    got = [round(told["median_ms"], 2) for told in (before, during, after)]
    assert got[0] < DELAY_MS / 2 and got[2] < DELAY_MS / 2, got
    assert DELAY_MS <= got[1] < 3 * DELAY_MS, got
    print(f"a delay of {DELAY_MS} ms: round trips of {got[0]}, {got[1]} and {got[2]} ms before, "
          "during and after")


def texts_while(cluster, act):
    """The answers to all questions, asked at once, with `act` done while they run."""
    texts = [None] * len(QUESTIONS)

    def ask(i):
        texts[i] = cluster.text(QUESTIONS[i])
    threads = [threading.Thread(target=ask, args=[i]) for i in range(len(QUESTIONS))]
    for thread in threads:
        thread.start()
    act()
    for thread in threads:
        thread.join(120)
    return texts


def drop_everywhere(cluster):
    for worker in ("decode-1", "decode-2"):
        harm(cluster, f"drop {worker} to gateway-1 1% --for 3s",
             f"drop gateway-1 to {worker} 1% --for 3s")


def crash(cluster):
    (told,) = harm(cluster, "crash decode-1")

    def record():
        _, (seen,), _ = shell(cluster, ["crashes"])
        return next((c["record"] for c in seen["crashes"]), None)
    wait_for(record, "the record of the crash")
    assert record()["slot"] == "decode-1" and record()["signal"] == 6, record()
    assert any("crashed_on_purpose" in line for line in record()["log"]), record()["log"]
    assert told["pid"] != 0, told


def audited(cluster, node, what):
    with open(os.path.join(cluster.directory, f"{node}.log"), encoding="utf-8") as log:
        return [x for x in log if "operator_command" in x and what in x]


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        check_refusals(cluster)
        check_delay(cluster)
        undisturbed = texts_while(cluster, lambda: None)
        assert all(undisturbed)
        begun = time.monotonic()
        assert texts_while(cluster, lambda: drop_everywhere(cluster)) == undisturbed
        print(f"one frame of a hundred lost: the same texts, after {time.monotonic() - begun:.1f} s")
        assert texts_while(cluster, lambda: crash(cluster)) == undisturbed
        assert len(audited(cluster, "gateway-1", "of a million are lost")) == 2
        assert len(audited(cluster, "decode-1", "crash this process")) == 1
        wait_for(lambda: cluster.text(QUESTIONS[0]) == undisturbed[0], "an answer")
        print("a crash on purpose: recorded with its last line, the same texts")


main()
