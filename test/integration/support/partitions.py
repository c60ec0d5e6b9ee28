# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Random partitions of a cluster whose processes have a network each. Per seed: who cannot reach
whom, how, and for how long. Meanwhile planners on every side are told to order agents about. After
each: nobody has obeyed an older epoch after a newer one, and 2 s after healing all views are equal.
"""

import contextlib
import json
import os
import random
import re
import subprocess
import threading
import time
import urllib.error
import urllib.request

from support.cluster import wait_for
from support.netns import Network, inside
from support.nodes import Node

ROLES = ["directory,planner", "directory,planner", "directory,planner", "gateway,router", "worker",
         "agent", "agent"]
DIRECTORIES, AGENTS = range(0, 3), range(5, 7)
MODEL = "sim:fast"
HEALED_WITHIN_S = 2
PORT = 7700
EPOCH = re.compile(r"epoch (\d+) of ([0-9a-f-]+)")


class Host(Node):
    """A node in a network namespace of its own."""

    def __init__(self, network, number, troupe, directory, *flags):
        self.network, self.namespace = network, network.name(number)
        address = network.address(number)
        super().__init__(troupe, directory, f"node-{number}", ROLES[number], *flags,
                         listen=f"{address}:{PORT}")
        self.command = ["ip", "netns", "exec", self.namespace, *self.command]

    def metrics(self):
        with inside(self.namespace):
            return super().metrics()

    def post(self, path, body):
        """The status; None if nobody answers."""
        with inside(self.namespace):
            asked = urllib.request.Request(f"http://127.0.0.1:{self.admin}{path}",
                                           json.dumps(body).encode())
            try:
                with urllib.request.urlopen(asked, timeout=8) as got:
                    return got.status
            except urllib.error.HTTPError as refused:
                return refused.code
            except OSError:
                return None


class Cluster:
    """Use as a context."""

    def __init__(self, troupe, tokenizer, directory):
        self.stack, self.troupe, self.directory = contextlib.ExitStack(), troupe, directory
        self.tokenizer, self.nodes = os.path.abspath(tokenizer), []
        self.statuses, self.lowered = {}, []

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *what):
        return self.stack.__exit__(*what)

    def keys(self, *words):
        done = subprocess.run([self.troupe, "keys", *words, "-o", "json"], check=True, timeout=60,
                              capture_output=True, text=True)
        return json.loads(done.stdout)

    def start(self):
        self.network = self.stack.enter_context(Network(len(ROLES)))
        keys = os.path.join(self.directory, "keys")
        self.keys("init", "--cluster", f"test-{os.getpid()}", "--keys", keys)
        homes = [self.keys("issue", f"node-{number}", "--role", role, "--keys", keys)
                 for number, role in enumerate(ROLES)]
        seeds = ",".join(f"{self.network.address(d)}:{PORT}#{homes[d]['key']}" for d in DIRECTORIES)
        for number, role in enumerate(ROLES):
            flags = ["--keys", homes[number]["directory"], "--join", seeds]
            if role == "worker":
                flags += ["--model", MODEL, "--tokenizer", self.tokenizer]
            if role == "agent":
                flags += ["--cluster-file", self.slots_of(number)]
            node = Host(self.network, number, self.troupe, self.directory, *flags)
            self.stack.callback(node.end)
            self.nodes.append(node.start())
        wait_for(lambda: not self.why_unequal(), f"equal views: {self.directory}", 20)

    def slots_of(self, number):
        """A slot to be ordered about. Its process cannot start: what counts is who may say so."""
        path = os.path.join(self.directory, f"slots-{number}.yaml")
        with open(path, "w", encoding="utf-8") as out:
            out.write(f"name: test-{os.getpid()}\nmodel: /nowhere\n"
                      f"nodes:\n  - {{name: slot-{number}, role: prefill}}\n")
        return path

    def why_unequal(self):
        """None: one leads, everybody holds its epoch and knows everybody."""
        all_metrics = [None] * len(self.nodes)

        def ask(number):
            all_metrics[number] = self.nodes[number].metrics()
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(self.nodes))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        known = [m.get("troupe_membership_known_nodes") for m in all_metrics]
        epochs = [m.get("troupe_membership_epoch") for m in all_metrics]
        leads = [m.get("troupe_directory_leads") for m in all_metrics[:len(DIRECTORIES)]]
        is_equal = (set(known) == {len(self.nodes)} and len(set(epochs)) == 1 and epochs[0]
                    and leads.count(1) == 1)
        return None if is_equal else f"known {known}, epochs {epochs}, leads {leads}"

    def cut(self, draw):
        """By seed; says what it did."""
        hosts = range(len(ROLES))
        how = draw.choice(["plug", "move", "split", "one way", "one way"])
        if how in ("plug", "move"):
            some = sorted(draw.sample(hosts, draw.randint(1, 3)))
            for host in some:
                (self.network.pull_plug if how == "plug" else self.network.move_off)(host)
            return f"{how} {some}"
        left = sorted(draw.sample(hosts, draw.randint(1, len(ROLES) - 1)))
        right = [host for host in hosts if host not in left]
        if how == "one way" and draw.random() < 0.5:
            right = sorted(draw.sample(right, draw.randint(1, len(right))))
        for host in left:
            self.network.drop_towards(host, right)
        for host in right if how == "split" else []:
            self.network.drop_towards(host, left)
        return f"{how} {left} | {right}"

    def order_about(self, over):
        """Every planner orders every agent, whatever it knows, until `over` is set."""
        def ask(planner):
            while not over.is_set():
                for agent in AGENTS:
                    status = self.nodes[planner].post("/scale", {"slot": f"slot-{agent}",
                                                                 "run": False})
                    self.statuses[status] = self.statuses.get(status, 0) + 1
                over.wait(0.2)
        threads = [threading.Thread(target=ask, args=(p,)) for p in DIRECTORIES]
        for thread in threads:
            thread.start()
        return threads

    def obeyed(self, agent):
        """The epochs of the orders it carried out, in their order."""
        return [(int(number), leader) for number, leader in EPOCH.findall(self.nodes[agent].text())]

    def check_obedience(self, seed):
        for agent in AGENTS:
            epochs = self.obeyed(agent)
            wrong = [(a, b) for a, b in zip(epochs, epochs[1:]) if b < a]
            assert not wrong, f"seed {seed}: agent {agent} obeyed an older epoch: {wrong[:3]}"

    def partition(self, seed):
        """Figures of one schedule. Raises if anything did not hold."""
        draw = random.Random(seed)
        over = threading.Event()
        threads = self.order_about(over)
        try:
            what = self.cut(draw)
            length = draw.choice([draw.uniform(0.2, 1.5), draw.uniform(3.5, 6)])
            time.sleep(length)
            before = self.why_unequal()
            healed = time.monotonic()
            self.network.whole()
            why = self.why_unequal()
            while why and time.monotonic() < healed + 10:
                time.sleep(0.02)
                why = self.why_unequal()
            took = time.monotonic() - healed
            # What was begun during the cut may still do something: it counts then.
            time.sleep(max(0.0, healed + HEALED_WITHIN_S - time.monotonic()))
            why = self.why_unequal()
        finally:
            over.set()
            for thread in threads:
                thread.join()
        for node in self.nodes:
            assert node.process.poll() is None, f"seed {seed}: {node.name} ended"
        self.check_obedience(seed)
        return {"seed": seed, "what": what, "length_s": round(length, 2), "before": before,
                "why": why, "healed_s": round(took, 2)}


def run(troupe, tokenizer, directory, seeds, say=print):
    """Figures of those seeds. Raises if an older epoch was obeyed or views stayed unequal."""
    with Cluster(troupe, tokenizer, directory) as cluster:
        done = []
        for seed in seeds:
            one = cluster.partition(seed)
            done.append(one)
            say(f"seed {seed}: {one['what']} for {one['length_s']} s; views "
                f"{'differed' if one['before'] else 'stayed'}, equal after {one['healed_s']} s")
            assert one["healed_s"] <= HEALED_WITHIN_S and not one["why"], (
                f"seed {seed}: {one}; the logs are in {directory}")
        epochs = {epoch for agent in AGENTS for epoch in cluster.obeyed(agent)}
        return {"seeds": len(done), "differed": sum(1 for x in done if x["before"]),
                "healed_max_s": max(x["healed_s"] for x in done),
                "healed_mean_s": round(sum(x["healed_s"] for x in done) / len(done), 2),
                "orders_done": sum(len(cluster.obeyed(a)) for a in AGENTS),
                "orders_refused": sum(v for k, v in cluster.statuses.items() if k != 200),
                "epochs_obeyed": len(epochs)}
