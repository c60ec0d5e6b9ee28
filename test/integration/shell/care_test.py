#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What an operator does with a running cluster besides its processes: logs and their detail, workers
out of and back in the rotation, settings of routers, blocks of the cache.

care_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("decode-1", "decode"), ("decode-2", "decode"),
         ("cache-1", "cache")]
QUESTION = "What is the capital of France? Please tell me of its rivers and its hills, at length."
CHANGES = ["--write", "--yes"]


class Shell:
    def __init__(self, cluster):
        self.words = [cluster.troupe, "shell", "--run-dir", cluster.directory, "--cluster",
                      cluster.name]

    def run(self, command, *flags):
        return subprocess.run([*self.words, "-c", command, *flags], capture_output=True, text=True,
                              timeout=60, check=False)

    def objects(self, command, *flags):
        got = self.run(command, "-o", "json", *flags)
        assert got.returncode == 0, (command, got)
        return [json.loads(line) for line in got.stdout.splitlines()]

    def json(self, command, *flags):
        told = self.objects(command, *flags)
        assert len(told) == 1, (command, told)
        return told[0]


def asks(cluster):
    return cluster.chat({"messages": user(QUESTION), "max_tokens": 12})


def check_logs(shell, cluster):
    """Everybody's lines; more of one actor for a while, with an audit line of who wanted it."""
    lines = shell.objects("log")
    assert {x["node"] for x in lines} >= {name for name, _ in NODES}, lines
    assert all("event=" in x["line"] for x in lines), lines
    refused = shell.run("log level router@gateway-1 debug")
    assert refused.returncode == 1 and "Would: " in refused.stderr, refused
    assert not shell.objects("log router@gateway-1"), "a router logs nothing by itself"
    shell.json("log level router@gateway-1 debug --for 4s", *CHANGES)
    asks(cluster)
    told = wait_for(lambda: shell.objects("log router@gateway-1"), "lines of the router")
    assert all("actor=router event=message_handled" in x["line"] for x in told), told
    assert any("message=place " in x["line"] for x in told), told
    audit = [x["line"] for x in shell.objects("log gateway-1") if "operator_command" in x["line"]]
    assert len(audit) == 1 and "debug for 4000 ms" in audit[0], audit

    def is_quiet():
        before = shell.objects("log router@gateway-1 -n 256")
        asks(cluster)
        return shell.objects("log router@gateway-1 -n 256") == before
    wait_for(is_quiet, "end of the detail")


def check_cordon(shell, cluster):
    """A cordoned worker gets nothing; what drains is called off by uncordon."""
    assert shell.json("cordon decode-1", *CHANGES) == {
        "worker": "decode@decode-1", "cordoned": True, "was": False, "streams": 0}
    facts = {f["fact"]: f["value"] for f in shell.json("info decode-1")["facts"]}
    assert facts["phase"] == "cordoned", facts
    placed = [asks(cluster)["id"] for _ in range(4)]
    by_request = {r["request"]: r["decode"] for r in shell.json("reqs")["requests"]}
    assert {by_request[p] for p in placed} == {"decode-2"}, by_request
    assert shell.json("uncordon decode-1", *CHANGES)["was"] is True
    shell.json("cordon decode-2", *CHANGES)
    request = asks(cluster)["id"]
    by_request = {r["request"]: r["decode"] for r in shell.json("reqs")["requests"]}
    assert by_request[request] == "decode-1", by_request
    shell.json("uncordon decode-2", *CHANGES)


def check_router(shell):
    settings = {s["setting"]: s["value"]
                for s in shell.json("router set near_equal_ms=9", *CHANGES)["settings"]}
    assert settings["near_equal_ms"] == "9", settings
    explained = shell.json(f'router explain --prompt "{QUESTION}"')
    assert explained["pairs"], explained
    facts = {f["fact"]: f["value"] for f in shell.json("info router")["facts"]}
    assert facts["near_equal_ms"] == "9", facts
    wrong = shell.run("router set no_such=9", *CHANGES)
    assert wrong.returncode == 2 and "near_equal_ms" in wrong.stderr, wrong


def check_cache(shell, cluster):
    """Blocks of a question come to the shard, are pinned, and go when an operator says so."""
    asks(cluster)

    def shard():
        found = {p["node"]: p["blocks"] for p in shell.json(f'cache find "{QUESTION}"')["pools"]}
        return found.get("cache-1", 0)
    held = wait_for(shard, "blocks in the shard")
    pinned = shell.json(f'cache pin "{QUESTION}"', *CHANGES)
    assert pinned["blocks"] >= held > 0 and pinned["shards"][0]["refused"] == 0, pinned
    bands = shell.json("cache heat")["bands"]
    assert sum(b["pinned"] for b in bands) == pinned["blocks"], bands
    assert shell.json(f'cache unpin "{QUESTION}"', *CHANGES)["blocks"] == pinned["blocks"]
    assert shell.json(f'cache evict "{QUESTION}"', *CHANGES)["blocks"] == pinned["blocks"]
    assert not any(b["pinned"] for b in shell.json("cache heat")["bands"])
    wait_for(lambda: shard() == 0, "the router's knowledge of it")


def check_looks(shell, cluster):
    links = {(x["node"], x["peer"]): x for x in shell.json("net --for 0.5s")["links"]}
    assert links[("gateway-1", "decode-1")]["in_per_s"] > 0, links  # Pings at least.
    old = cluster.pid_of("decode-2")
    shell.json("kill decode-2", *CHANGES)
    wait_for(lambda: cluster.pid_of("decode-2") not in (None, old), "decode-2 again")
    edits = shell.json("plan history")["edits"]
    assert edits[0]["slot"] == "decode-2" and edits[0]["what"] == "kill", edits
    assert edits[0]["outcome"] == "done" and edits[0]["who"], edits


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        shell = Shell(cluster)
        check_logs(shell, cluster)
        check_cordon(shell, cluster)
        check_router(shell)
        check_cache(shell, cluster)
        check_looks(shell, cluster)
    print("logs, cordons, settings and blocks are in the operator's hands, and in the books")


main()
