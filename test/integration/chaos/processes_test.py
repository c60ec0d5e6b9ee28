#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe chaos run` on a cluster under load: no request fails, everybody comes back, a run without
load is void, and a seed tells what happens.

processes_test.py TROUPE MODEL_DIRECTORY [SEED [SECONDS]]
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.balancer import Balancer, Load  # noqa: E402
from support.cluster import Cluster, user  # noqa: E402

TROUPE, TOKENIZER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
SECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 8
MODEL = "sim:fast"
WORKERS = ["cache-1", "decode-1", "decode-2", "prefill-1", "prefill-2"]
RATE, RATE_MIN = 40, 15
QUESTIONS = [{"model": MODEL, "max_tokens": 4 + i % 40, "seed": i, "temperature": 1,
              "messages": user(f"Question {i} " + "of the old river and the sea " * (i % 12))}
             for i in range(40)]


def chaos(cluster, code, *words):
    done = subprocess.run([TROUPE, "chaos", "run", *WORKERS, "--cluster", cluster.name, "--run-dir",
                           cluster.directory, "--load-min", str(RATE_MIN), "-o", "json", *words],
                          stdout=subprocess.PIPE, text=True, timeout=300, check=False)
    assert done.returncode == code, (done.returncode, done.stdout)
    return json.loads(done.stdout)


def course(done):
    return [(act["at_ms"], act["what"], act["whom"], act["stopped_ms"]) for act in done["acts"]]


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(TROUPE, MODEL, directory,
                    flags=lambda role: [] if role == "cache" else ["--tokenizer", TOKENIZER]
                    ) as cluster:
        gentle = ["--seed", str(SEED), "--seconds", "2", "--every-ms", "400", "--harm", "terminate"]
        idle = chaos(cluster, 5, *gentle)
        assert idle["void"] and idle["requests"] == 0, idle
        again = chaos(cluster, 5, *gentle)
        assert course(idle) == course(again) and course(idle), (idle, again)
        print("a run without load is void; its seed does the same twice")
        with Balancer({"gateway-1": cluster.http}) as balancer, \
                Load(balancer, QUESTIONS, RATE) as load:
            done = chaos(cluster, 0, "--seed", str(SEED), "--seconds", str(SECONDS), "--every-ms",
                         "600", "--pause-max-ms", "800")
        hit = [act for act in done["acts"] if act["pid"]]  # the others were not there just then
        kinds = collections.Counter(act["what"] for act in hit)
        back = max(act["back_ms"] for act in hit)
        print(f"seed {SEED}: {dict(kinds)} at {done['requests_per_s']:.1f} requests/s; "
              f"{load.answers} answered, {len(load.failures)} failed, the longest took "
              f"{load.longest:.2f} s; everybody was back after {back:.0f} ms at most")
        assert len(kinds) == 3, "void: not every kind of harm was done"
        assert not load.failures, (SEED, load.failures[:3])


main()
