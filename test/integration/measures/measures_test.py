# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The commands that measure the bus run and print what docs/measurements/bus.md quotes."""

import json
import subprocess
import sys

TROUPE = sys.argv[1]
# Twice what is wanted of a quiet machine: this one may be busy.
WANTED_P99_MS = {"kill": 40, "stop": 500, "deadlock": 1000}


def run(*words):
    done = subprocess.run([TROUPE, *words, "-o", "json"], capture_output=True, text=True,
                          timeout=120, check=False)
    assert done.returncode == 0, (words, done)
    return json.loads(done.stdout)


def check_detection():
    for mode, wanted in WANTED_P99_MS.items():
        got = run("chaos", "detect", "--mode", mode, "--trials", "10")
        print(mode, got)
        assert got["trials"] == 10 and got["p50_ms"] > 0, got
        assert got["p99_ms"] < wanted, got
    got = run("chaos", "detect", "--mode", "pauses", "--seconds", "5")
    print("pauses", got)
    assert got["pauses"] > 5 and got["false_deaths"] == 0, got


def check_kv():
    got = run("bench", "kv", "--shape", "tiny", "--rounds", "2")
    print("kv", got)
    assert set(got["bytes_per_s"]) == {"process", "loopback", "sealed"}, got
    assert got["blocks"] > 1 and got["block_bytes"] > 0, got
    assert all(0 < rate for rate in got["bytes_per_s"].values()), got
    # A block is copied more than once on its way.
    assert got["bytes_per_s"]["process"] < got["limit_bytes_per_s"], got


def check_bench():
    got = run("bench", "bus", "--rounds", "1")
    whos = {"rtt_p50_us": {"raw", "inline", "scheduled", "basp", "local", "raw_curve", "curve"},
            "msgs_per_s_64b": {"raw", "ours", "inline", "basp", "local"},
            "msgs_per_s_200b": {"raw", "ours", "raw_curve", "curve"},
            "bytes_per_s_1k": {"raw", "ours", "basp"},
            "bytes_per_s_4m": {"raw", "ours", "ours_checked", "basp"},
            "control_rtt_p50_us": {"quiet", "beside_bulk"},
            "spawn_p50_us": {"basp", "ours", "ours_process"}}
    assert {name: set(values) for name, values in got.items()} == whos, got
    assert all(value > 0 for values in got.values() for value in values.values()), got
    # The order of these does not depend on the machine.
    assert got["rtt_p50_us"]["local"] < got["rtt_p50_us"]["raw"], got
    assert got["msgs_per_s_64b"]["ours"] > got["msgs_per_s_64b"]["basp"], got
    assert got["spawn_p50_us"]["ours"] < got["spawn_p50_us"]["ours_process"], got
    assert got["msgs_per_s_200b"]["raw_curve"] < got["msgs_per_s_200b"]["raw"], got


check_detection()
check_kv()
check_bench()
