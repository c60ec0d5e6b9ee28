#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Links through a proxy that harms their bytes: no wrong answer, none lost or doubled, everything
is well again afterwards, nobody crashes.

wire_test.py TROUPE MODEL_DIRECTORY [SEED [SECONDS]]
"""

import collections
import contextlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Api, user, wait_for  # noqa: E402
from support.nodes import Node  # noqa: E402
from support.proxy import BEHIND, SHOWN, Proxy  # noqa: E402
from support.redis import free_port  # noqa: E402

TROUPE, TOKENIZER = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
SEED = int(sys.argv[3]) if len(sys.argv) > 3 else 1
SECONDS = int(sys.argv[4]) if len(sys.argv) > 4 else 2
MODEL = "sim:fast"
# With keys, so that a wrong bit is seen: without them links do not leave a host.
EVERY_BYTES = {"delay": 20_000, "half_open": 80_000, "reset": 100_000, "flip": 30_000,
               "duplicate": 60_000, "reorder": 60_000, "clog": 20_000}
WELL_WITHIN_S = 10
NODES = [("directory-1", "directory,planner"), ("gateway-1", "gateway,router"),
         ("prefill-1", "prefill"), ("decode-1", "decode"), ("decode-2", "decode"),
         ("cache-1", "cache")]
QUESTIONS = [{"model": MODEL, "max_tokens": 4 + i % 30, "seed": i, "temperature": 1,
              "messages": user(f"Question {i} " + "of the old river and the sea " * (i % 12))}
             for i in range(40)]


class Asking:
    """Asks again and again. A request may fail and say so; it may not be answered wrongly, end
    twice, or never. Use as a context."""

    def __init__(self, port, texts):
        self.api, self.texts, self.over = Api(port, MODEL), texts, False
        self.counts, self.wrong, self.lock = collections.Counter(), [], threading.Lock()
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(6)]

    def run(self, number):
        count = number
        while not self.over:
            count += 7
            question = count % len(QUESTIONS)
            status, answer = self.api.post(QUESTIONS[question])
            with self.lock:
                self.counts["answered" if status == 200 else "refused"] += 1
                if status == 200 and answer["choices"][0]["message"]["content"] != (
                        self.texts[question]):
                    self.wrong.append((question, answer))
                if status != 200 and "error" not in answer:
                    self.wrong.append((question, answer))

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join(timeout=60)
        assert not any(thread.is_alive() for thread in self.threads), "a request never ended"


def keys_of(directory):
    """Of every node, by name, and how to join the directory."""
    keys = os.path.join(directory, "keys")
    def run(*words):
        return subprocess.run([TROUPE, "keys", *words, "--keys", keys], check=True, timeout=60,
                              capture_output=True, text=True).stdout
    run("init", "--cluster", f"test-{os.getpid()}")
    for name, role in NODES:
        run("issue", name, "--role", role)
    homes = {name: os.path.join(keys, "nodes", name) for name, _ in NODES}
    shown = subprocess.run([TROUPE, "keys", "show", "--keys", homes["directory-1"], "-o", "json"],
                           check=True, timeout=60, capture_output=True, text=True).stdout
    return homes, json.loads(shown)


def is_well(nodes):
    """Everybody knows everybody, and the directory has a session with each."""
    return (nodes["directory-1"].metrics().get("troupe_bus_sessions") == len(NODES) - 1
            and all(node.known() == len(NODES) for node in nodes.values()))


def main():
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        homes, directory_key = keys_of(directory)
        ports = [free_port() for _ in range(2 * len(NODES))]
        join = f"{SHOWN}:{ports[0]}#{directory_key['key']}"
        calm = Proxy(TROUPE, ports, SEED, [], 1, "--every-bytes", str(1 << 40))
        nodes = {}
        for (name, role), port, bulk in zip(NODES, ports[0::2], ports[1::2]):
            flags = ["--advertise", SHOWN, "--listen-bulk", f"{BEHIND}:{bulk}", "--keys",
                     homes[name]]
            if name != "directory-1":
                flags += ["--join", join]
            if "gateway" in role:
                flags += ["--prefill", "remote"]
            if role in ("prefill", "decode"):
                flags += ["--model", MODEL, "--tokenizer", TOKENIZER]
            nodes[name] = Node(TROUPE, directory, name, role, *flags, listen=f"{BEHIND}:{port}")
            stack.callback(nodes[name].end)
            nodes[name].start()
        gateway = nodes["gateway-1"]
        api = Api(gateway.http, MODEL)
        api.wait_until_served()
        texts = [api.text(question) for question in QUESTIONS]
        wait_for(lambda: is_well(nodes), "everybody to know everybody")
        calm.end()
        for fault, every in EVERY_BYTES.items():
            proxy = Proxy(TROUPE, ports, SEED, [fault], SECONDS, "--every-bytes", str(every))
            with Asking(gateway.http, texts) as asking:
                time.sleep(SECONDS + 0.2)
            began = time.monotonic()
            wait_for(lambda: is_well(nodes), f"everybody to know everybody after {fault}",
                     WELL_WITHIN_S)
            for number, text in enumerate(texts):
                wait_for(lambda: api.post(QUESTIONS[number])[0] == 200, f"an answer after {fault}",
                         WELL_WITHIN_S)
                assert api.text(QUESTIONS[number]) == text, (fault, number)
            took = time.monotonic() - began
            done, kinds = proxy.end()
            for node in nodes.values():
                assert node.process.poll() is None, (fault, node.name, node.text()[-1000:])
            print(f"{fault}: {kinds[fault]} in {done['connections']} connections, "
                  f"{asking.counts['answered']} answered, {asking.counts['refused']} refused, "
                  f"{len(asking.wrong)} wrong; all well again after {took:.2f} s", flush=True)
            assert not asking.wrong, (fault, SEED, asking.wrong[:2])
            assert kinds[fault] > 0, f"void: seed {SEED} did no {fault}"
            assert asking.counts["answered"] > 10, f"void: {asking.counts}"


main()
