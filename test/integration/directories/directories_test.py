#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Several directories as processes: joining by lists and names, death and freezing of leaders.

directories_test.py TROUPE MODEL_DIRECTORY
"""

import contextlib
import pathlib
import signal
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import wait_for  # noqa: E402
from support.nodes import Node, Requests  # noqa: E402

MODEL = "sim:fast"
LEADS_WITHIN_S = 6  # a lease of 3 s, its turn, and the way there
EQUAL_WITHIN_S = 2


def leaders(directories):
    return [d for d in directories if d.process.poll() is None and d.leads()]


def one_leader(directories, nodes):
    """The one that leads, once every node holds its epoch."""
    now = leaders(directories)
    return now[0] if len(now) == 1 and len({n.epoch() for n in nodes}) == 1 else None


def views_equal(nodes, count):
    return all(n.known() == count for n in nodes)


def check_wrong_seeds(troupe, directory):
    for seeds, what in [("nowhere", "has no port"), ("a:0", "no port between"),
                        ("[::1]", "has no port"), (",".join(["a:1"] * 65), "too many")]:
        node = Node(troupe, directory, "wrong", "cache", "--join", seeds)
        try:
            node.start()
            raise AssertionError(f"--join {seeds} was taken")
        except AssertionError as why:
            assert what in str(why), (seeds, str(why))
    print("seeds that cannot be read are refused with the remedy")


def check_late_directory(troupe, directory, spare_port):
    """A node that finds nobody says so, and joins when somebody is there."""
    lone = Node(troupe, directory, "lone", "cache", "--join",
                f"no-such-host.invalid:7700,localhost:{spare_port}").start()
    with contextlib.closing(End(lone)):
        wait_for(lambda: "event=not_joined" in lone.text(), "complaint of a lone node", 15)
        assert "event=seed_not_found" in lone.text() and "no-such-host.invalid" in lone.text()
        late = Node(troupe, directory, "late", "directory", listen=f"127.0.0.1:{spare_port}")
        with contextlib.closing(End(late.start())):
            began = time.monotonic()
            wait_for(lambda: lone.known() == 2, "joining a late directory", 10)
            print(f"a node that waited joined a late directory after "
                  f"{time.monotonic() - began:.2f} s, by name")


class End:
    def __init__(self, node):
        self.close = node.end


def main():
    troupe = sys.argv[1]
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        def start(name, role, *flags):
            node = Node(troupe, directory, name, role, *flags).start()
            stack.callback(node.end)
            return node

        check_wrong_seeds(troupe, directory)
        first = start("directory-1", "directory,planner")
        port = first.listen.rsplit(":", 1)[1]
        second = start("directory-2", "directory,planner", "--join", first.listen)
        third = start("directory-3", "directory,planner", "--join",
                      f"{second.listen},{first.listen}")
        seeds = f"no-such-host.invalid:7700,127.0.0.1:1,localhost:{port}"
        gateway = start("gateway-1", "gateway,router", "--join", seeds)
        workers = [start(f"worker-{i}", "worker", "--model", MODEL, "--tokenizer", sys.argv[2],
                         "--join", seeds) for i in (1, 2)]
        directories, others = [first, second, third], [gateway, *workers]
        everybody = directories + others
        wait_for(lambda: views_equal(everybody, 6), "equal views", 10)
        wait_for(lambda: one_leader(directories, everybody), "one leader", 10)
        assert all(n.metrics()["troupe_membership_directories"] == 3 for n in others)
        print("six nodes know each other by one seed that answers of three; one directory leads")

        with Requests(gateway.http, MODEL) as requests:
            wait_for(lambda: requests.answers > 10, "answers")
            for _ in range(2):
                leader = one_leader(directories, everybody)
                epoch = leader.epoch()
                leader.kill()
                rest = [n for n in everybody if n is not leader]
                began = time.monotonic()
                wait_for(lambda: one_leader(directories, rest), "another leader", 15)
                took = time.monotonic() - began
                assert gateway.epoch() > epoch
                assert took < LEADS_WITHIN_S, took
                print(f"killed {leader.name}: another leads after {took:.2f} s")
                leader.start()
                wait_for(lambda: views_equal(everybody, 6), "equal views", 5)

            leader = one_leader(directories, everybody)
            leader.signal(signal.SIGSTOP)
            rest = [n for n in everybody if n is not leader]
            began = time.monotonic()
            wait_for(lambda: one_leader([d for d in directories if d is not leader], rest),
                     "another leader", 15)
            print(f"froze {leader.name}: another leads after {time.monotonic() - began:.2f} s")
            leader.signal(signal.SIGCONT)
            began = time.monotonic()
            wait_for(lambda: views_equal(everybody, 6) and one_leader(directories, everybody),
                     "equal views and one leader", 10)
            took = time.monotonic() - began
            print(f"thawed it: one leader and equal views after {took:.2f} s")
            assert took < EQUAL_WITHIN_S, took

            for one in directories:
                one.kill()
            time.sleep(8)
            assert all(n.known() == 6 for n in others), "somebody was forgotten"
            for one in directories:
                one.start()
            began = time.monotonic()
            wait_for(lambda: views_equal(everybody, 6), "equal views", 10)
            print(f"killed all directories for 8 s: nobody forgotten; new ones know all after "
                  f"{time.monotonic() - began:.2f} s")
            wait_for(lambda: one_leader(directories, everybody), "one leader", 10)
        print(f"{requests.answers} requests answered meanwhile, {len(requests.failures)} failed, "
              f"the longest took {requests.longest:.2f} s")
        assert not requests.failures, requests.failures[:3]
        spare = first.listen.rsplit(":", 1)[1]
        for node in everybody:
            node.end()
        check_late_directory(troupe, directory, spare)


if __name__ == "__main__":
    main()
