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
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

CLIENTS = 32
WARM_UP = 2000
RSS_GROWTH_KIB_MAX = 2048
WORKERS = ["prefill-1", "prefill-2", "decode-1", "decode-2"]
KV_BYTES = 4 << 20
TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
REQUESTS = int(sys.argv[3]) if len(sys.argv) > 3 else 10_000


class Cluster:
    def __init__(self, directory, name, nodes):
        self.directory = os.path.join(directory, name)
        os.mkdir(self.directory)
        self.file = os.path.join(self.directory, "cluster.yaml")
        lines = [f"name: soak-{os.getpid()}", "model: sim:fast", "listen: 127.0.0.1:0",
                 "admin_port: 0", "nodes:"]
        for node, role in nodes:
            flags = ["--tokenizer", MODEL]
            if "gateway" in role:
                flags += ["--http-port", "0", "--forced-placement"]
            if role == "cache":
                flags += ["--cache-bytes", str(KV_BYTES)]
            elif role != "gateway,router":
                flags += ["--kv-bytes", str(KV_BYTES)]
            lines.append(f'  - {{name: {node}, role: "{role}", flags: {json.dumps(flags)}}}')
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")

    def up(self):
        subprocess.run([TROUPE, "up", self.file, "--run-dir", self.directory], timeout=60,
                       check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self.directory, "agent.pid"), encoding="utf-8") as pid:
            self.admin = int(pid.read().split()[1])
        self.http = next(n["http_port"] for n in self.nodes() if n["name"] == "gateway-1")
        self.pids = {n["name"]: n["pid"] for n in self.nodes()}

    def down(self):
        subprocess.run([TROUPE, "down", self.file, "--run-dir", self.directory], timeout=30,
                       check=False)

    def nodes(self):
        return self.status()["nodes"]

    def status(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/status", timeout=10) as got:
            return json.load(got)

    def rss_kib(self):
        sizes = {}
        for name, pid in self.pids.items():
            with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
                sizes[name] = next(int(x.split()[1]) for x in lines if x.startswith("VmRSS"))
        return sizes

    def cpu_seconds(self, name):
        with open(f"/proc/{self.pids[name]}/stat", encoding="utf-8") as line:
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


def wait_until_served(cluster):
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with urllib.request.urlopen(f"http://127.0.0.1:{cluster.http}/v1/models") as got:
            if json.load(got)["data"]:
                return
        time.sleep(0.05)
    raise AssertionError("no model is served within 10 s")


IDLE = ["streams", "prefills", "prefills_queued", "running", "waiting", "transfers_in",
        "transfers_out", "offers"]


def unbalanced(cluster):
    """What the workers still hold: a block in use or in limbo is neither free nor evictable."""
    found, facts = {}, {n["name"]: s["facts"] for n in cluster.nodes() for s in n["services"]
                        if n["name"] in WORKERS}
    assert sorted(facts) == WORKERS[2:] + WORKERS[:2], facts
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


def main():
    nodes = [("gateway-1", "gateway,router"), *((n, n.split("-")[0]) for n in WORKERS),
             ("cache-1", "cache")]
    with tempfile.TemporaryDirectory() as directory:
        cluster = Cluster(directory, "soak", nodes)
        reference = Cluster(directory, "reference",
                            [("gateway-1", "gateway,router"), ("worker-1", "worker")])
        try:
            reference.up()
            cluster.up()
            wait_until_served(cluster)
            wait_until_served(reference)
            began = time.monotonic()
            run(cluster, reference, range(WARM_UP))
            before, cpu = cluster.rss_kib(), cluster.cpu_seconds("gateway-1")
            run(cluster, reference, range(WARM_UP, REQUESTS))
            after = cluster.rss_kib()
            cpu = (cluster.cpu_seconds("gateway-1") - cpu) / max(1, REQUESTS - WARM_UP)
            print(f"{REQUESTS} requests in {time.monotonic() - began:.0f} s, all answers equal; "
                  f"gateway and router: {cpu * 1e6:.0f} us of CPU each")
            for name in after:
                print(f"{name:10} {before[name]:8} {after[name]:8} KiB "
                      f"{after[name] - before[name]:+6}")
            check_balance(cluster)
            grown = [n for n in after if after[n] - before[n] > RSS_GROWTH_KIB_MAX]
            assert not grown, f"memory of {grown} grew"
        finally:
            cluster.down()
            reference.down()


main()
