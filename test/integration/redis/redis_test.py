#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A cluster whose members are in Redis, while that is killed, hung, emptied, flooded, fed junk, and
answers errors.

redis_test.py TROUPE MODEL_DIRECTORY
"""

import contextlib
import os
import pathlib
import random
import signal
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import wait_for  # noqa: E402
from support.nodes import Node, Requests  # noqa: E402
from support.redis import Redis  # noqa: E402

MODEL = "sim:fast"
REBUILT_WITHIN_S = 5
JOINED_WITHIN_S = 5
GONE_WITHIN_S = 8  # a lease in Redis, and one of those who read it


class Cluster:
    def __init__(self, troupe, directory, redis):
        self.troupe, self.directory, self.redis = troupe, directory, redis
        self.nodes, self.count = [], 0
        self.prefix = f"troupe:test-{os.getpid()}:"

    def add(self, name, role, *flags):
        node = Node(self.troupe, self.directory, name, role, "--directory",
                    f"redis://127.0.0.1:{self.redis.port}", *flags)
        self.nodes.append(node)
        return node.start()

    def all_known(self):
        return all(n.known() == len(self.nodes) for n in self.nodes)

    def all_kept(self):
        """Whether Redis has a record of every node, and nothing else in the index."""
        index = self.redis.ask("SMEMBERS", self.prefix + "nodes")
        if not isinstance(index, list) or len(index) != len(self.nodes):
            return False
        kept = self.redis.ask_all([("GETRANGE", self.prefix.encode() + b"node:" + x, 0, 8191)
                                   for x in index])
        return all(any(n.name.encode() in x for x in kept) for n in self.nodes)

    def one_epoch(self):
        return len({n.epoch() for n in self.nodes}) == 1 and sum(n.leads() for n in self.nodes) == 1

    def is_well(self):
        return self.all_kept() and self.all_known() and self.stores_up()

    def stores_up(self):
        return all(n.metrics().get("troupe_store_up") == 1 for n in self.nodes)

    def expect_all_known(self, seconds):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            known = {n.name: n.known() for n in self.nodes}
            assert set(known.values()) == {len(self.nodes)}, f"somebody was forgotten: {known}"
            time.sleep(0.2)

    def rebuilt(self, what):
        began = time.monotonic()
        wait_for(self.is_well, f"recovery after {what}", 30)
        took = time.monotonic() - began
        print(f"{what}: nobody forgotten, rebuilt after {took:.2f} s")
        assert took < REBUILT_WITHIN_S, took
        self.expect_all_known(3)  # no lease runs out late

    def names(self):
        return [x.decode() for x in self.redis.ask("SMEMBERS", self.prefix + "nodes")]


def check_killed(cluster):
    cluster.redis.kill()
    cluster.expect_all_known(8)
    cluster.redis.start()
    cluster.rebuilt("killed for 8 s, started empty")


def check_hung(cluster):
    cluster.redis.signal(signal.SIGSTOP)
    cluster.expect_all_known(10)
    cluster.redis.signal(signal.SIGCONT)
    cluster.rebuilt("hung for 10 s")


def check_emptied(cluster):
    for _ in range(3):
        cluster.redis.ask("FLUSHALL")
        cluster.rebuilt("FLUSHALL")


def check_junk(cluster):
    redis, prefix, draws = cluster.redis, cluster.prefix, random.Random(7)
    names = cluster.names()
    redis.ask("DEL", prefix + "nodes")
    redis.ask("SET", prefix + "nodes", "junk")
    cluster.rebuilt("the index became a string")
    redis.ask_all([("DEL", prefix + "node:" + x) for x in names]
                  + [("RPUSH", prefix + "node:" + x, "junk") for x in names])
    cluster.rebuilt("every record became a list")
    redis.ask_all([("SET", prefix + "node:" + x, draws.randbytes(draws.randrange(1, 400)))
                   for x in names])
    cluster.rebuilt("random bytes in every record")
    good = redis.ask("GET", prefix + "node:" + names[0])
    copies = [f"{i:016x}" for i in range(1, 500)]
    redis.ask_all([("SET", prefix + "node:" + x, good) for x in copies]
                  + [("SADD", prefix + "nodes", x) for x in copies])
    cluster.rebuilt("500 copies of a record under other names")
    redis.ask_all([("SET", prefix + "node:" + x, bytes(32 << 20)) for x in names[:4]]
                  + [("SADD", prefix + "nodes", bytes(16 << 20), b"", b"\xff" * 16)])
    cluster.rebuilt("records of 32 MiB and names of 16 MiB")


def check_refusing(cluster):
    """Redis is there and answers errors: to all writes, to each reading."""
    redis = cluster.redis
    redis.ask("CONFIG", "SET", "maxmemory", "1")
    cluster.expect_all_known(10)
    redis.ask("CONFIG", "SET", "maxmemory", "0")
    cluster.rebuilt("no memory for 10 s")
    for command in ["getrange", "smembers", "scard"]:
        redis.ask("ACL", "SETUSER", "default", "-" + command)
        cluster.expect_all_known(6)
        redis.ask("ACL", "SETUSER", "default", "+" + command)
        cluster.rebuilt(f"no {command.upper()} for 6 s")


def check_flooded(cluster):
    redis, prefix = cluster.redis, cluster.prefix
    redis.ask("DEBUG", "POPULATE", "1000000", "noise", "100")
    cluster.rebuilt("a million other keys")
    for start in range(0, 200_000, 20_000):
        redis.ask("SADD", prefix + "nodes", *[f"{i:016x}" for i in range(start, start + 20_000)])
    cluster.rebuilt("200000 names of nobody in the index")
    over = threading.Event()

    def flood():
        while not over.is_set():
            redis.ask_all([("SET", f"flood:{i}", bytes(1000)) for i in range(5000)])

    threads = [threading.Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    cluster.expect_all_known(5)
    over.set()
    for thread in threads:
        thread.join()
    cluster.rebuilt("commands as fast as two clients send them, for 5 s")


def check_impostor(cluster):
    """Something else at the port: silence, nonsense, endless answers."""
    redis = cluster.redis
    for what in [b"", b"*1000000000\r\n", b"$-9\r\n", b"+OK\r\n" * 100_000, b"HTTP/1.1 200\r\n\r\n"]:
        redis.kill()
        links = []
        with socket.socket() as server:
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind(("127.0.0.1", redis.port))
            server.listen(64)
            server.settimeout(0.2)
            until = time.monotonic() + 4
            while time.monotonic() < until:
                with contextlib.suppress(OSError):
                    link, _ = server.accept()
                    link.settimeout(0.2)
                    links.append(link)
                    link.sendall(what)
        assert cluster.all_known(), "somebody was forgotten"
        assert links, "nobody asked"
        for link in links:
            link.close()
        redis.start()
        cluster.rebuilt(f"4 s of {what[:14]!r} instead of Redis")


def check_members(cluster):
    """Who comes is known, who dies is forgotten, who comes while Redis is away is known later."""
    late = cluster.add("late", "cache")
    began = time.monotonic()
    wait_for(cluster.all_known, "a new member", 20)
    took = time.monotonic() - began
    assert took < JOINED_WITHIN_S, took
    late.kill()
    cluster.nodes.remove(late)
    began = time.monotonic()
    wait_for(cluster.all_known, "end of a dead member", 20)
    gone = time.monotonic() - began
    assert gone < GONE_WITHIN_S, gone
    print(f"a new member is known after {took:.2f} s, a killed one forgotten after {gone:.2f} s")
    cluster.redis.kill()
    cluster.nodes.append(late)
    late.start()
    cluster.redis.start()
    cluster.rebuilt("a member started while Redis was away")
    late.end()
    cluster.nodes.remove(late)
    wait_for(cluster.all_known, "end of a member that left", 20)


def check_wrong_address(troupe, directory):
    for where, what in [("redis://", "write redis://"), ("memcached://x", "redis://")]:
        node = Node(troupe, directory, "wrong", "cache", "--directory", where)
        try:
            node.start()
            raise AssertionError(f"--directory {where} was taken")
        except AssertionError as why:
            assert what in str(why), str(why)


def main():
    troupe, tokenizer = sys.argv[1], ["--tokenizer", sys.argv[2]]
    with tempfile.TemporaryDirectory() as directory, contextlib.ExitStack() as stack:
        check_wrong_address(troupe, directory)
        redis = Redis(directory).start()
        stack.callback(redis.end)
        cluster = Cluster(troupe, directory, redis)
        stack.callback(lambda: [n.end() for n in cluster.nodes])
        gateway = cluster.add("gateway-1", "gateway,router")
        cluster.add("worker-1", "worker", "--model", MODEL, *tokenizer)
        cluster.add("worker-2", "worker", "--model", MODEL, *tokenizer)
        cluster.add("prefill-1", "prefill", "--model", MODEL, *tokenizer)
        cluster.add("cache-1", "cache")
        wait_for(cluster.is_well, "equal views", 10)
        wait_for(cluster.one_epoch, "one leader", 20)
        with Requests(gateway.http, MODEL) as requests:
            wait_for(lambda: requests.answers > 10, "answers")
            checks = [check_killed, check_hung, check_emptied, check_refusing, check_junk,
                      check_flooded, check_impostor, check_members]
            for check in checks:
                before = requests.answers
                check(cluster)
                assert requests.answers > before
                assert not requests.failures, requests.failures[:3]
            wait_for(cluster.one_epoch, "one leader", 20)
        print(f"{requests.answers} requests answered meanwhile, {len(requests.failures)} failed, "
              f"the longest took {requests.longest:.2f} s; "
              f"{max(n.metrics()['troupe_store_rejected_total'] for n in cluster.nodes):.0f} "
              "things rejected, resident memory at most "
              f"{max(n.metrics()['troupe_process_resident_bytes'] for n in cluster.nodes) / 2**20:.0f}"
              " MiB")
        assert not requests.failures, requests.failures[:3]
        for node in cluster.nodes:
            node.end()
        assert not redis.ask("SMEMBERS", cluster.prefix + "nodes"), "records of ended nodes"


if __name__ == "__main__":
    main()
