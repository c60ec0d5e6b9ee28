#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A request that kills each worker which computes it, in a cluster of real processes: it ends as
quarantined after two deaths, whoever shared its steps is unharmed, every death is on record; another
gateway refuses it too, even one that starts later. Then a process that is killed too often: it is
given up, visibly, until an operator begins anew.

poison_test.py TROUPE MODEL_DIRECTORY
"""

import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Api, Cluster, content, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("gateway-2", "gateway"), ("decode-1", "decode"), ("decode-2", "decode")]
POISON = 666
STREAMS = 6
INTENSITY = 4


class Streams:
    """Seeded streams of innocents, all under way at once."""

    def __init__(self, cluster):
        self.cluster, self.texts, self.errors = cluster, {}, []
        self.started = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.one, args=(i,)) for i in range(STREAMS)]
        for thread in self.threads:
            thread.start()

    def one(self, i):
        text, is_started = "", False
        try:
            for _, event in self.cluster.stream(
                    {"messages": user(f"Tell me of the {i} rivers."), "max_tokens": 500,
                     "temperature": 1, "seed": i, "troupe": {"ignore_eos": True}}):
                text += content(event)
                if text and not is_started:
                    is_started = True
                    self.started.release()
            self.texts[i] = text
        except Exception as failed:  # noqa: BLE001
            self.errors.append((i, failed))

    def wait_until_running(self):
        for _ in range(STREAMS):
            assert self.started.acquire(timeout=30), "a stream did not begin"

    def end(self):
        for thread in self.threads:
            thread.join()
        assert not self.errors, self.errors
        return self.texts


def shell(cluster, command, *flags):
    got = subprocess.run(
        [cluster.troupe, "shell", "--run-dir", cluster.directory, "--cluster", cluster.name,
         "-c", command, "-o", "json", *flags],
        capture_output=True, text=True, timeout=60, check=False)
    assert got.returncode == 0, (command, got)
    return json.loads(got.stdout)


def metric(cluster, port, name):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as got:
        return sum(float(line.split()[-1]) for line in got.read().decode().splitlines()
                   if line.startswith(name + "{"))


def check_poison(cluster):
    undisturbed = Streams(cluster).end()
    streams = Streams(cluster)
    streams.wait_until_running()
    poison = {"messages": user("Kill it!"), "max_tokens": 50, "seed": POISON}
    began = time.monotonic()
    status, answer = cluster.post(poison)
    took = time.monotonic() - began
    assert status == 500 and answer["error"]["code"] == "request_quarantined", (status, answer)
    assert "2 workers died" in answer["error"]["message"], answer
    assert streams.end() == undisturbed, "an innocent's text changed"

    told = shell(cluster, "crashes")
    (quarantined,) = told["quarantined"]
    records = [c["record"] for c in told["crashes"]]
    assert len(records) == 2, records
    for record in records:
        assert record["slot"].startswith("decode-") and record["signal"] == 11, record
        assert record["of_itself"] and record["up_s"] > 0 and record["incarnation"] != "0", record
        assert quarantined["request"] in [c["request"] for c in record["computed"]], record
        assert quarantined["request"] in record["held"] and record["log"], record
    assert [c["request"] for c in records[0]["computed"]] == [quarantined["request"]], records[0]
    assert sorted(quarantined["slots"]) == sorted(r["slot"] for r in records), quarantined
    assert len(cluster.get("/crashes", cluster.admin)["crashes"]) == 2

    status, answer = cluster.post(poison)
    assert status == 500 and answer["error"]["code"] == "request_quarantined", (status, answer)
    told = shell(cluster, "crashes")
    assert len(told["crashes"]) == 2 and told["quarantined"][0]["refused"] == 1, told
    gateway = next(n["admin_port"] for n in cluster.nodes() if n["name"] == "gateway-1")
    assert metric(cluster, gateway, "troupe_gateway_quarantined_total") == 2
    assert metric(cluster, cluster.admin, "troupe_node_restarts_total") == 2
    assert cluster.text({"messages": user("Hello!"), "max_tokens": 8})
    print(f"quarantined after 2 deaths and {took:.2f} s; {STREAMS} innocents unharmed")


def check_word(cluster):
    """Through another gateway the poison kills nobody, nor through one that begins anew."""
    poison = {"messages": user("Kill it!"), "max_tokens": 50, "seed": POISON}

    def other():
        return next((n for n in cluster.nodes() if n["name"] == "gateway-2" and n["http_port"]),
                    None)

    def has_heard(before=None):
        node = other()
        with contextlib.suppress(OSError):  # It has ended meanwhile, or has not begun.
            return (node and node["pid"] != before
                    and metric(cluster, node["admin_port"],
                               "troupe_gateway_condemned_elsewhere_total") == 1)
        return False

    for is_last in (False, True):
        api = Api(other()["http_port"], cluster.model)
        wait_for(has_heard, "word at gateway-2")
        api.wait_until_served()
        status, answer = api.post(poison)
        assert status == 500 and answer["error"]["code"] == "request_quarantined", (status, answer)
        told = shell(cluster, "crashes")
        assert len([c for c in told["crashes"] if c["slot"].startswith("decode")]) == 2, told
        (quarantined,) = told["quarantined"]
        assert quarantined["refused"] == 2, told  # Each gateway counts its own, and forgets at its end.
        if not is_last:
            before = other()["pid"]
            os.kill(before, signal.SIGKILL)
            wait_for(lambda: has_heard(before), "word at the next gateway-2", 20)
    assert api.text({"messages": user("Hello!"), "max_tokens": 8})
    print("the other gateway refuses it too, also after a restart")


def slot(cluster, name):
    return next(s for s in shell(cluster, "plan show")["slots"] if s["slot"] == name)


def check_giving_up(cluster):
    kills = 0
    while not slot(cluster, "decode-2")["gave_up"]:
        pid = slot(cluster, "decode-2")["pid"]
        if pid:
            os.kill(pid, signal.SIGKILL)
            kills += 1
            wait_for(lambda: slot(cluster, "decode-2")["pid"] != pid, "end of decode-2")
        assert kills <= INTENSITY + 1, "it is started again for ever"
    why = slot(cluster, "decode-2")["gave_up"]
    assert "killed by signal 9" in why and "`restart decode-2`" in why, why
    assert metric(cluster, cluster.admin, "troupe_node_slot_gave_up") == 1
    assert "gave up" in cluster.facts()[(f"{cluster.name}-agent", "agent")]["decode-2"]
    assert cluster.text({"messages": user("Hello!"), "max_tokens": 8}), "the other one serves"

    shell(cluster, "restart decode-2", "--write", "--yes")
    wait_for(lambda: slot(cluster, "decode-2")["phase"] == "running", "decode-2 again")
    assert not slot(cluster, "decode-2")["gave_up"]
    print(f"given up after {kills} kills, and begun anew")


def check_spawn(cluster):
    # One message to the far agent starts a process, finds its actors, and ends it with who asked.
    done = shell(cluster, f"ask agent@{cluster.name}-agent "
                 'spawn{slot=guest want={roles="cache"} link=true}', "--write", "--yes")
    assert "guest" in json.dumps(done) and "cache_shard" in json.dumps(done), done
    wait_for(lambda: all(s["slot"] != "guest" for s in shell(cluster, "plan show")["slots"]),
             "end of what the shell had spawned")
    print("a linked process was spawned by a message and ended with its owner")


def main():
    troupe, model = sys.argv[1:3]
    with tempfile.TemporaryDirectory() as directory:
        cluster = Cluster(troupe, model, directory, NODES,
                          lambda role: ["--fault-poison-seed", str(POISON)]
                          if role == "decode" else [])
        with open(cluster.file, encoding="utf-8") as file:
            text = file.read().replace('name: decode-2, role: "decode"',
                                       'name: decode-2, role: "decode", group: fragile')
        with open(cluster.file, "w", encoding="utf-8") as file:
            file.write(text + "groups:\n"
                       f"  - {{name: fragile, intensity: {INTENSITY}, period_s: 600}}\n")
        with cluster:
            check_poison(cluster)
            check_word(cluster)
            check_giving_up(cluster)
            check_spawn(cluster)


if __name__ == "__main__":
    main()
