#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe shell -c 'migrate REQUEST to NODE'`: running streams are decoded elsewhere, again and again,
and their clients get the text of an undisturbed run to the byte.

migrate_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, content, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("prefill-1", "prefill"), ("decode-1", "decode"),
         ("decode-2", "decode")]
QUESTIONS = [{"messages": user("Please count as far as you can, and then tell me of the river."),
              "max_tokens": 1200, "ignore_eos": True},
             {"messages": user("Tell me a long story of the sea and of the hills."),
              "max_tokens": 1200, "ignore_eos": True, "temperature": 0.8, "seed": 7}]
MOVES = 4
RETRIES = 10


class Reader(threading.Thread):
    """Reads one stream; `id` is known from its first event on."""

    def __init__(self, cluster, question):
        super().__init__()
        self.cluster, self.question = cluster, question
        self.id, self.text, self.failed, self.events = None, "", None, 0
        self.start()

    def run(self):
        try:
            for _, event in self.cluster.stream(self.question):
                self.id = event["id"]
                self.events += 1
                self.text += content(event)
        except BaseException as why:  # Told by whoever joins.
            self.failed = why

    def end(self):
        self.join(60)
        assert self.failed is None, self.failed
        return self.text


def shell(cluster, command, *flags):
    return subprocess.run(
        [cluster.troupe, "shell", "--run-dir", cluster.directory, "--cluster", cluster.name, "-c",
         command, "-o", "json", *flags], capture_output=True, text=True, timeout=60, check=False)


def where(cluster, request):
    told = json.loads(shell(cluster, "reqs").stdout)["requests"]
    return next(r for r in told if r["request"] == request)


def move_and_compare(cluster, question, whole):
    """Moves one stream there and back while it runs; its id and how many moves have begun."""
    reader = Reader(cluster, question)
    wait_for(lambda: reader.events > 20, "tokens")
    begun = 0
    while begun < MOVES and reader.is_alive():
        now = where(cluster, reader.id)
        if now["state"] != "open":
            break
        target = "decode-2" if now["decode"] == "decode-1" else "decode-1"
        got = shell(cluster, f"migrate {reader.id} to {target}", "--write", "--yes")
        if got.returncode != 0:
            assert "ended" in got.stderr, got  # It was faster: before the move, or within it.
            begun += "ended meanwhile" in got.stderr
            break
        moved = json.loads(got.stdout)
        assert moved["node"] == target and moved["streams"] == 1, moved
        assert 0 < moved["accepted_tokens"] < 1200, moved
        begun += 1
        print(f"moved to {target} at token {moved['accepted_tokens']} in {moved['took_ms']:.1f} ms")
    assert reader.end() == whole, "the text differs from that of an undisturbed run"
    told = where(cluster, reader.id)
    assert told["state"] == "completed" and told["attempts"] == begun + 1, (told, begun)
    return reader.id, begun


def check_refusals(cluster, ended):
    for node, why in [("decode-2", "has ended"), ("decode-1", "has ended")]:
        got = shell(cluster, f"migrate {ended} to {node}", "--write", "--yes")
        assert got.returncode == 2 and why in got.stderr, got
    write = ("--write", "--yes")
    for node_of, flags, code, why in [(lambda now, other: "nowhere", write, 1, "no node"),
                                      (lambda now, other: "prefill-1", write, 2, "does not decode"),
                                      (lambda now, other: now, write, 2, "already"),
                                      (lambda now, other: other, (), 1, "keeps the")]:
        check_refusal(cluster, node_of, flags, code, why)


def check_refusal(cluster, node_of, flags, code, why):
    """Of a running stream; again with another one if it was faster than the shell."""
    for _ in range(RETRIES):
        reader = Reader(cluster, QUESTIONS[0])
        wait_for(lambda: reader.events > 5, "tokens")
        now = where(cluster, reader.id)["decode"]
        other = "decode-2" if now == "decode-1" else "decode-1"
        got = shell(cluster, f"migrate {reader.id} to {node_of(now, other)}", *flags)
        reader.end()
        told = where(cluster, reader.id)
        assert told["attempts"] == 1, told
        if "has ended" not in got.stderr:
            assert got.returncode == code and why in got.stderr, got
            assert flags or "read-only" in got.stderr, got
            return
    raise AssertionError(f"{RETRIES} streams ended before they could be moved")


def audited(cluster):
    """The moves that began, by the audit log; those refused stand there as well."""
    with open(os.path.join(cluster.directory, "gateway-1.log"), encoding="utf-8") as log:
        return [x for x in log if "migrate request" in x and "outcome=begun" in x]


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        moves = 0
        for number in range(RETRIES):
            question = QUESTIONS[number % len(QUESTIONS)]
            whole = cluster.text(question)
            ended, begun = move_and_compare(cluster, question, whole)
            moves += begun
            if moves >= 3 and number + 1 >= len(QUESTIONS):
                break
        assert moves >= 3, f"only {moves} moves came before the streams' ends"
        assert len(audited(cluster)) == moves, audited(cluster)
        check_refusals(cluster, ended)
        facts = cluster.facts()[("gateway-1", "gateway")]
        assert int(facts["moved"]) == moves and int(facts["charged"]) == 0, facts
        assert int(facts["failed"]) == 0, facts
        print(f"{moves} moves of running streams, no token lost or doubled")


main()
