#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""How soon `troupe serve` answers, and what idle processes weigh.

startup_test.py TROUPE MODEL_DIRECTORY
"""

import os
import pathlib
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, Server, content, rss_kib, user  # noqa: E402

FIRST_TOKEN_S = 0.5
IDLE_RSS_KIB = 40_000_000 // 1024
WITHOUT_ENGINE = ["gateway", "router", "cache", "planner", "directory", "agent"]
TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])


def seconds_to_first_token():
    with Server(TROUPE, MODEL) as server:
        for at, event in server.stream({"messages": user("Hello!")}):
            if content(event):
                return at - server.began
    raise AssertionError("no token")


def main():
    seconds_to_first_token()
    took = [seconds_to_first_token() for _ in range(5)]
    print("serve, from start to first token:", " ".join(f"{t * 1000:.0f} ms" for t in took))
    with tempfile.TemporaryDirectory() as directory, Cluster(TROUPE, MODEL, directory) as cluster:
        time.sleep(1)
        sizes = {node["name"]: rss_kib(node["pid"]) for node in cluster.nodes()
                 if all(s["role"] in WITHOUT_ENGINE for s in node["services"])}
    print("idle, without an engine:", ", ".join(f"{n} {s} KiB" for n, s in sizes.items()))
    assert statistics.median(took) <= FIRST_TOKEN_S, took
    assert len(sizes) == 3 and max(sizes.values()) <= IDLE_RSS_KIB, sizes


main()
