#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Many requests through a cluster of processes with the simulated engine; memory must stay flat.

soak_test.py TROUPE MODEL_DIRECTORY [REQUESTS]. Every answer is compared with that of a second
server of one worker: the simulated tokens depend on the request and the cluster's name alone.
"""

import http.client
import json
import os
import random
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import LOCAL, Cluster, rss_kib  # noqa: E402

CLIENTS = 32
WARM_UP = 6000  # until every thread has what the busiest moments need
RSS_GROWTH_KIB_MAX = 2048
WORKERS = ["decode-1", "decode-2", "prefill-1", "prefill-2"]
KV_BYTES = 4 << 20
TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
REQUESTS = int(sys.argv[3]) if len(sys.argv) > 3 else 14_000


def flags_of(role):
    flags = ["--tokenizer", MODEL]
    if role == "cache":
        flags += ["--cache-bytes", str(KV_BYTES)]
    elif role != "gateway,router":
        flags += ["--kv-bytes", str(KV_BYTES)]
    return flags


def cluster_of(directory, name, nodes):
    os.mkdir(os.path.join(directory, name))
    return Cluster(TROUPE, "sim:fast", os.path.join(directory, name), nodes, flags_of)


def rss_of(cluster):
    return {name: rss_kib(pid) for name, pid in cluster.pids.items()}


def cpu_seconds(cluster, name):
    with open(f"/proc/{cluster.pids[name]}/stat", encoding="utf-8") as line:
        fields = line.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def request_of(i):
    draw = random.Random(i)
    shared = f"Shared prefix {draw.randrange(20)}. " * draw.choice([0, 4, 20])
    unique = "word " * draw.randrange(1, 40)
    return {"model": "sim:fast", "max_tokens": draw.randrange(1, 25), "seed": i,
            "temperature": i % 2, "stream": draw.random() < 0.5,
            "messages": [{"role": "user", "content": f"{shared}{unique}{i}?"}],
            "troupe": {"prefill": draw.choice(["auto", "remote", "local"])}}


def ask(connection, body):
    connection.request("POST", "/v1/chat/completions", json.dumps(body))
    answer = connection.getresponse()
    data = answer.read().decode()
    assert answer.status == 200, (answer.status, data, body)
    if not body["stream"]:
        choice = json.loads(data)["choices"][0]
        return choice["message"]["content"], choice["finish_reason"]
    events = [x[6:] for x in data.split("\n\n") if x.startswith("data: ")]
    assert events.pop() == "[DONE]", data
    choices = [c for e in map(json.loads, events) for c in e["choices"]]
    return ("".join(c["delta"].get("content") or "" for c in choices),
            choices[-1]["finish_reason"])


def run(cluster, reference, numbers):
    failures, lock, left = [], threading.Lock(), iter(numbers)

    def client():
        ours, theirs = (http.client.HTTPConnection("127.0.0.1", c.http, timeout=60)
                        for c in (cluster, reference))
        while not failures:
            with lock:
                i = next(left, None)
            if i is None:
                return
            body = request_of(i)
            try:
                got, want = ask(ours, body), ask(theirs, {**body, "stream": False, "troupe": {}})
                if got != want:
                    failures.append((i, got, want))
            except Exception as error:  # pylint: disable=broad-except
                failures.append((i, repr(error)))

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures, (len(failures), failures[:3])


IDLE = ["streams", "prefills", "prefills_queued", "running", "waiting", "transfers_in",
        "transfers_out", "offers"]


def unbalanced(cluster):
    """What the workers still hold: a block in use or in limbo is neither free nor evictable."""
    found = {}
    facts = {name: facts for (name, _), facts in cluster.facts().items() if name in WORKERS}
    assert sorted(facts) == WORKERS, facts
    for name, fact in facts.items():
        assert int(fact["step"]) > 0, f"{name} computed nothing"
        held = {key: fact[key] for key in IDLE if fact[key] != "0"}
        if fact["free_blocks"] != fact["total_blocks"]:
            held["free_blocks"] = f"{fact['free_blocks']} of {fact['total_blocks']}"
        if held:
            found[name] = held
    return found


def check_balance(cluster):
    until = time.monotonic() + 10
    while held := unbalanced(cluster):
        assert time.monotonic() < until, f"idle workers hold {held}"
        time.sleep(0.2)
    print("pools balanced: every block free or evictable, nothing running, moving or offered")


def grown_between(before, after):
    return [n for n in after if after[n] - before[n] > RSS_GROWTH_KIB_MAX]


def main():
    with tempfile.TemporaryDirectory() as directory, \
            cluster_of(directory, "one",
                       [("gateway-1", "gateway,router"), ("worker-1", "worker")]) as reference, \
            cluster_of(directory, "soak", LOCAL) as cluster:
        began = time.monotonic()
        run(cluster, reference, range(WARM_UP))
        before, cpu = rss_of(cluster), cpu_seconds(cluster, "gateway-1")
        run(cluster, reference, range(WARM_UP, REQUESTS))
        after = rss_of(cluster)
        cpu = (cpu_seconds(cluster, "gateway-1") - cpu) / max(1, REQUESTS - WARM_UP)
        print(f"{REQUESTS} requests in {time.monotonic() - began:.0f} s, all answers equal; "
              f"gateway and router: {cpu * 1e6:.0f} us of CPU each")
        for name in after:
            print(f"{name:10} {before[name]:8} {after[name]:8} KiB {after[name] - before[name]:+6}")
        check_balance(cluster)
        grown = grown_between(before, after)
        if grown:  # An allocator takes once what it keeps; a leak takes again.
            run(cluster, reference, range(REQUESTS, 2 * REQUESTS - WARM_UP))
            again = grown_between(after, rss_of(cluster))
            print(f"memory of {grown} grew; after as many requests again, of {again}")
            grown = [n for n in grown if n in again]
        assert not grown, f"memory of {grown} grew"


main()
