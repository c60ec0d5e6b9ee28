# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A cluster whose processes are restarted one at a time with another binary, under load."""

import contextlib
import os
import pathlib
import subprocess
import time

from support.balancer import Balancer, Load
from support.cluster import Api, user, wait_for
from support.nodes import Node
from support.redis import free_port

MODEL = "sim:fast"
RATE = 60  # requests a second
RATE_MIN = 30  # below this nothing was tested
DRAIN_MS = 400
ORDER = ["directory-1", "gateway-1", "gateway-2", "prefill-1", "decode-1", "decode-2", "cache-1"]
QUESTIONS = [{"model": MODEL, "max_tokens": 4 + 3 * (i % 12), "seed": i, "temperature": 1,
              "messages": user(f"Question {i} " + "of the old river and the sea " * (i % 20))}
             for i in range(60)]


def build_old():
    """The binary of docs/wire-1; None if this clone lacks the history."""
    script = pathlib.Path(__file__).parents[3] / "scripts" / "old"
    done = subprocess.run([script], stdout=subprocess.PIPE, text=True, timeout=2400, check=False)
    if done.returncode == 77:
        return None
    assert done.returncode == 0, "scripts/old failed"
    return done.stdout.strip()


class RollingCluster:
    """Two gateways, workers of both kinds, a cache shard and a directory, each one process of the
    binary `versions[version]`. Use as a context."""

    def __init__(self, versions, model, directory, version):
        self.versions, self.stack = versions, contextlib.ExitStack()
        self.load, self.old_crashes = None, 0
        join = f"127.0.0.1:{free_port()}"
        self.nodes, self.ports = {}, {}
        for name in ORDER:
            role = name.split("-")[0]
            flags = ["--tokenizer", model] if role in ("gateway", "decode", "prefill") else []
            if role in ("decode", "prefill"):
                flags += ["--model", MODEL]
            if role != "directory":
                flags += ["--join", join]
            if role == "gateway":
                flags += ["--prefill", "remote"]
            node = Node(None, directory, name, {"gateway": "gateway,router",
                                                "directory": "directory,planner"}.get(role, role),
                        *flags, listen=join if role == "directory" else "127.0.0.1:0")
            if role == "gateway":
                self.ports[name] = free_port()
                node.command[node.command.index("--http-port") + 1] = str(self.ports[name])
            self.nodes[name] = node
            self.stack.callback(node.end)
            self.start(name, version)

    def start(self, name, version):
        node = self.nodes[name]
        node.command[0] = self.versions[version]
        node.version = version
        if name in self.ports and version == "now" and "--drain-ms" not in node.command:
            node.command += ["--drain-ms", str(DRAIN_MS)]
        elif name in self.ports and version != "now" and "--drain-ms" in node.command:
            del node.command[-2:]
        if node.listen != "127.0.0.1:0" and not name.startswith("directory"):
            node.listen = "127.0.0.1:0"
        node.start()

    def __enter__(self):
        self.balancer = self.stack.enter_context(Balancer(self.ports))
        wait_for(lambda: all(b.is_ready for b in self.balancer.backends.values()), "gateways", 20)
        self.load = self.stack.enter_context(Load(self.balancer, QUESTIONS, RATE))
        return self

    def __exit__(self, *what):
        return self.stack.__exit__(*what)

    def roll(self, name, version):
        """Ends that process in good order and starts it with the other binary. A gateway of now
        says at /ready that it drains, and the balancer follows; one of wire-1 cannot, so it is
        taken out of the rotation first."""
        node, backend = self.nodes[name], self.balancer.backends.get(name)
        if backend is not None and node.version != "now":
            backend.is_out = True
            wait_for(lambda: backend.open == 0, f"{name} to be idle")
        node.process.terminate()
        if backend is not None and node.version == "now":
            wait_for(lambda: not backend.is_ready, f"{name} to say that it drains")
            assert node.process.poll() is None, f"{name} ended before the balancer could turn away"
        node.process.wait(timeout=20)
        code = node.process.returncode
        if node.version == "now":
            assert code == 0, f"{name} ended with {code}"
        else:  # Its links end before its actors: now and then one of them crashes as it ends.
            self.old_crashes += code != 0
        self.start(name, version)
        if backend is not None:
            backend.is_out = False
            wait_for(lambda: backend.is_ready, f"{name} to be ready", 20)
        wait_for(self.all_there, f"everybody after {name}", 20)

    def all_there(self):
        """As both gateways see it, which is what counts for requests."""
        pids = {name: node.process.pid for name, node in self.nodes.items()}
        return all({n["name"]: n["pid"] for n in self.status(name)} == pids
                   for name in self.ports)

    def status(self, name):
        try:
            return Api(0, MODEL).get("/status", self.nodes[name].admin)["nodes"]
        except OSError:
            return []

    def roll_all(self, version):
        for name in sorted(ORDER, key=lambda x: not x.startswith("gateway")):
            self.roll(name, version)


def run(troupe, old, model, directory, rounds, say=print):
    """Rolls wire-1 -> now -> wire-1 `rounds` times. Raises if a request failed or too few were
    asked; returns figures."""
    with RollingCluster({"now": troupe, "wire-1": old}, os.path.abspath(model), directory,
                        "wire-1") as cluster:
        load, began = cluster.load, time.monotonic()
        wait_for(lambda: load.answers + len(load.failures) > RATE, "answers")
        for number in range(rounds):
            before, since = load.answers, time.monotonic()
            for version in ("now", "wire-1"):
                cluster.roll_all(version)
            say(f"round {number + 1}: wire-1 -> now -> wire-1 in {time.monotonic() - since:.1f} s, "
                f"{load.answers - before} requests answered, {len(load.failures)} failed")
            assert not load.failures, load.failures[:5]
        took = time.monotonic() - began
    figures = {"rounds": rounds, "restarts": 2 * rounds * len(ORDER), "seconds": round(took, 1),
               "answered": load.answers, "failed": len(load.failures),
               "wire1_crashed_ending": cluster.old_crashes,
               "passed_over": cluster.balancer.passed_over,
               "longest_s": round(load.longest, 2), "per_second": round(load.answers / took, 1)}
    assert not load.failures, load.failures[:5]
    assert figures["per_second"] >= RATE_MIN, f"void: {figures}"
    return figures
