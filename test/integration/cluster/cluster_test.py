#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A whole cluster of processes: answers, deaths of every kind of worker, reuse of prefixes.

cluster_test.py TROUPE MODEL_DIRECTORY. Free ports and a private run directory; ends what it starts.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request

STREAMS = 32
NODES = ["prefill-1", "prefill-2", "decode-1", "decode-2", "cache-1"]


class Cluster:
    def __init__(self, troupe, model, directory):
        self.troupe, self.directory = troupe, directory
        self.file = os.path.join(directory, "cluster.yaml")
        flags = '["--http-port", "0", "--forced-placement"]'
        lines = [f"name: test-{os.getpid()}", f"model: {model}", "listen: 127.0.0.1:0",
                 "admin_port: 0", "nodes:",
                 f'  - {{name: gateway-1, role: "gateway,router", flags: {flags}}}']
        lines += [f"  - {{name: {n}, role: {n.split('-')[0]}}}" for n in NODES]
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")

    def run(self, *words):
        return subprocess.run([self.troupe, *words, "--run-dir", self.directory],
                              capture_output=True, text=True, timeout=90, check=True).stdout

    def up(self):
        self.run("up", self.file)
        with open(os.path.join(self.directory, "agent.pid"), encoding="utf-8") as pid:
            self.admin = int(pid.read().split()[1])
        self.http = next(n["http_port"] for n in self.nodes() if n["name"] == "gateway-1")
        wait_for(lambda: json.loads(self.get("/v1/models"))["data"], "a served model")

    def nodes(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/status", timeout=10) as got:
            return json.load(got)["nodes"]

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http}{path}", timeout=10) as got:
            return got.read()

    def pid_of(self, name):
        return next((n["pid"] for n in self.nodes() if n["name"] == name), None)

    def chat(self, body):
        body = {"model": os.path.basename(MODEL), **body}
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}/v1/chat/completions",
                                         json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=60) as got:
            return json.load(got)


def wait_for(condition, what, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"no {what} within {seconds} s")


def user(text):
    return [{"role": "user", "content": text}]


def answers(cluster, during=None):
    """The texts of long streams, greedy and seeded, with `during` called while they run."""
    texts, running = {}, threading.Semaphore(0)

    def one(i):
        running.release()
        got = cluster.chat({"messages": user(f"Tell me of the {i} rivers."), "max_tokens": 900,
                            "temperature": i % 2, "seed": i, "troupe": {"ignore_eos": True}})
        texts[i] = got["choices"][0]["message"]["content"]

    threads = [threading.Thread(target=one, args=(i,)) for i in range(STREAMS)]
    for thread in threads:
        thread.start()
    for _ in threads:
        running.acquire()
    open_streams = 0
    if during:
        time.sleep(0.1)
        during()
        open_streams = STREAMS - len(texts)
    for thread in threads:
        thread.join()
    return texts, open_streams


def check_kills(cluster):
    expected, _ = answers(cluster)
    for name in ["decode-1", "prefill-1", "cache-1"]:
        old = cluster.pid_of(name)
        texts, open_streams = answers(cluster, lambda: os.kill(old, signal.SIGKILL))
        assert open_streams > 0, f"{name} was killed after all streams had ended"
        wrong = [i for i in expected if texts.get(i) != expected[i]]
        assert not wrong, f"{name} killed: streams {wrong} differ"
        wait_for(lambda: cluster.pid_of(name) not in (None, old), f"replacement of {name}", 5)
        print(f"killed {name} with {open_streams} of {STREAMS} streams open: all texts equal")


def check_prefixes(cluster):
    text = "The old river runs to the sea. " * 150
    for prefill in ["prefill-1", "prefill-2"]:
        for decode in ["decode-1", "decode-2"]:
            place = {"troupe": {"prefill_worker": prefill, "decode_worker": decode}}
            marked = f"{prefill} {decode} {text}"
            cluster.chat({"messages": user(marked + "One?"), "max_tokens": 8, **place})
            used = cluster.chat({"messages": user(marked + "Two?"), "max_tokens": 8,
                                 **place})["usage"]
            cached = used["prompt_tokens_details"]["cached_tokens"]
            print(f"{prefill} -> {decode}: {cached} of {used['prompt_tokens']} tokens cached")
            assert cached >= used["prompt_tokens"] - 12 - 16, used


def main():
    with tempfile.TemporaryDirectory() as directory:
        cluster = Cluster(sys.argv[1], MODEL, directory)
        try:
            cluster.up()
            got = cluster.chat({"messages": user("What is the capital of France?"),
                                "temperature": 0})
            assert got["choices"][0]["message"]["content"] == "The capital of France is Paris.", got
            check_kills(cluster)
            check_prefixes(cluster)
        finally:
            subprocess.run([cluster.troupe, "down", cluster.file, "--run-dir", directory],
                           timeout=30, check=False)


MODEL = os.path.abspath(sys.argv[2])
main()
