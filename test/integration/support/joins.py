# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Many nodes that join a cluster and leave it again, and what that costs those who stay."""

import contextlib
import json
import os
import subprocess
import time

from support.cluster import rss_kib, wait_for
from support.nodes import Node

WARM_UP = 1500  # until allocators have what such a rate of joins needs
STAYING = [("directory-1", "directory,planner"), ("gateway-1", "gateway,router"),
           ("cache-1", "cache")]


class Staying:
    """A directory, a gateway with a router, and a cache shard, all idle. Use as a context."""

    def __init__(self, troupe, tokenizer, directory):
        self.troupe, self.stack, self.nodes = troupe, contextlib.ExitStack(), []
        for name, role in STAYING:
            flags = ["--join", self.nodes[0].listen] if self.nodes else []
            node = Node(troupe, directory, name, role, *flags, "--tokenizer", tokenizer)
            self.stack.callback(node.end)
            self.nodes.append(node.start())

    def __enter__(self):
        wait_for(lambda: self.known() == {len(STAYING)}, "equal views")
        time.sleep(4)  # a young directory's word that somebody left counts for nothing
        return self

    def __exit__(self, *what):
        return self.stack.__exit__(*what)

    def known(self):
        return {node.known() for node in self.nodes}

    def rss(self):
        return {node.name: rss_kib(node.process.pid) for node in self.nodes}

    def guests(self, count, at_once, hold_ms=0, services=1):
        return subprocess.Popen(
            [self.troupe, "chaos", "joins", "--join", self.nodes[0].listen, "--cluster",
             f"test-{os.getpid()}", "--trials", str(count), "--at-once", str(at_once), "--hold-ms",
             str(hold_ms), "--services", str(services), "-o", "json"], stdout=subprocess.PIPE,
            text=True)

    def come_and_go(self, count, at_once=8, hold_ms=0):
        guests = self.guests(count, at_once, hold_ms)
        out, _ = guests.communicate(timeout=600 + 2 * count * hold_ms / at_once / 1000)
        assert guests.returncode == 0, out
        return json.loads(out)

    def wait_until_alone(self):
        wait_for(lambda: self.known() == {len(STAYING)}, "everybody to have left", 20)

    def rss_with(self, peers, services):
        """While so many are there."""
        guests = self.guests(peers, peers, hold_ms=150_000, services=services)
        try:
            wait_for(lambda: self.known() == {len(STAYING) + peers}, "guests", 120)
            time.sleep(1)
            rss = self.rss()
        finally:
            guests.kill()
            guests.communicate()
        self.wait_until_alone()
        return rss


def slope_kib(rows, name):
    """Growth over all rows, by the line through them that fits best."""
    values = [row[name] for row in rows]
    mid, mean = (len(values) - 1) / 2, sum(values) / len(values)
    return (sum((i - mid) * (v - mean) for i, v in enumerate(values))
            / sum((i - mid) ** 2 for i in range(len(values)))) * (len(values) - 1)


def run(troupe, tokenizer, directory, joins, over_s=0, batches=10, say=print):
    """Figures: growth of RSS over `joins` joins in about `over_s` seconds (0: as fast as they go),
    and bytes per peer and per remote actor that a member offers as a service."""
    at_once = 8
    hold_ms = int(1000 * over_s * at_once / joins)
    with Staying(troupe, tokenizer, directory) as cluster:
        batch, rows, rate = joins // batches, [], 0.0
        cluster.come_and_go(WARM_UP)
        for number in range(batches):
            done = cluster.come_and_go(batch, at_once, hold_ms)
            cluster.wait_until_alone()
            rows.append(cluster.rss())
            rate += done["joins_per_s"] / batches
            say(f"{(number + 1) * batch} joins and leaves: RSS in KiB {rows[-1]}")
        growth = {name: round(slope_kib(rows, name)) for name, _ in STAYING}
        peers, many = 100, 33
        alone = cluster.rss()
        few = cluster.rss_with(peers, 1)
        more = cluster.rss_with(peers, many)
        def per(name, with_them, without, count):
            return round(1024 * (with_them[name] - without[name]) / count)
        return {"joins": joins, "joins_per_s": round(rate, 1), "growth_kib": growth,
                "rss_kib": rows[-1],
                "bytes_per_peer": {name: per(name, few, alone, peers) for name, _ in STAYING},
                "bytes_per_remote_actor": {name: per(name, more, few, peers * (many - 1))
                                           for name, _ in STAYING}}
