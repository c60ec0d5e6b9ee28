# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The distribution's Redis server on a port of its own, and a few words of its protocol."""

import os
import shutil
import signal
import socket
import subprocess

from support.cluster import wait_for


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Redis:
    """A server without persistence. Debian's redis-tools has its binary, under another name."""

    def __init__(self, directory):
        self.directory, self.port, self.process = directory, free_port(), None
        self.binary = shutil.which("redis-server")
        if self.binary is None:
            same = shutil.which("redis-check-rdb")
            assert same, "no Redis here; scripts/setup installs redis-tools"
            self.binary = os.path.join(directory, "redis-server")
            os.symlink(same, self.binary)

    def start(self):
        with open(os.path.join(self.directory, "redis.log"), "ab") as log:
            self.process = subprocess.Popen(
                [self.binary, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "",
                 "--appendonly", "no", "--dir", self.directory], stdout=log, stderr=log)
        wait_for(self.answers, "Redis")
        return self

    def answers(self):
        try:
            return self.ask("PING") == b"PONG"
        except OSError:
            return False

    def ask(self, *words):
        return self.ask_all([words])[-1]

    def ask_all(self, commands):
        """Sends all, then reads all answers."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=60) as link:
            def send():
                for words in commands:
                    parts = [w if isinstance(w, bytes) else str(w).encode() for w in words]
                    yield (b"*%d\r\n" % len(parts)) + b"".join(
                        b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)
            link.sendall(b"".join(send()))
            with link.makefile("rb") as stream:
                return [self.read(stream) for _ in commands]

    def read(self, stream):
        line = stream.readline()
        if not line:
            raise OSError("Redis closed")
        kind, rest = line[:1], line[1:-2]
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else stream.read(int(rest) + 2)[:-2]
        if kind == b"*":
            return [self.read(stream) for _ in range(int(rest))]
        return rest

    def signal(self, what):
        self.process.send_signal(what)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.kill()
