# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Network namespaces joined by a bridge, and ways to cut them off. Needs root and `ip` (iproute2).
Standard library only."""

import contextlib
import ctypes
import os
import shutil
import subprocess
import threading

CLONE_NEWNET = 0x40000000
SUBNET = "10.99.0."


def ip(*words, check=True, text=None):
    return subprocess.run(["ip", *map(str, words)], check=check, capture_output=True, text=True,
                          input=text, timeout=20)


def why_not():
    """What is missing for namespaces here; None: nothing."""
    if os.geteuid() != 0:
        return "only root may make network namespaces"
    if shutil.which("ip") is None:
        return "there is no `ip`; scripts/setup installs iproute2"
    name = f"try-{os.getpid()}"
    made = ip("netns", "add", name, check=False)
    if made.returncode != 0:
        return "network namespaces are refused: " + made.stderr.strip()
    try:
        if ip("-n", name, "link", "add", "br0", "type", "bridge", check=False).returncode != 0:
            return "bridges are refused"
    finally:
        ip("netns", "del", name, check=False)
    return None


@contextlib.contextmanager
def inside(namespace):
    """The calling thread's sockets are of that namespace meanwhile."""
    libc = ctypes.CDLL(None, use_errno=True)
    own = os.open(f"/proc/self/task/{threading.get_native_id()}/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        if libc.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        yield
    finally:
        if libc.setns(own, CLONE_NEWNET) != 0:
            os._exit(70)  # every later socket of this thread would be in the wrong place
        os.close(own)
        os.close(there)


class Network:
    """`count` hosts 10.99.0.1, .2 ... on one switch, each a namespace. Use as a context."""

    def __init__(self, count):
        self.prefix, self.count = f"troupe-{os.getpid()}-", count
        self.cut_ports, self.cut_routes = set(), set()

    def name(self, host):
        return f"{self.prefix}{host}"

    @staticmethod
    def address(host):
        return f"{SUBNET}{host + 1}"

    def __enter__(self):
        try:
            switch = self.name("switch")
            ip("netns", "add", switch)
            ip("-n", switch, "link", "add", "br0", "type", "bridge")
            ip("-n", switch, "link", "set", "br0", "up")
            for host in range(self.count):
                ip("netns", "add", self.name(host))
                ip("-n", switch, "link", "add", f"p{host}", "type", "veth", "peer", "name", "eth0",
                   "netns", self.name(host))
                ip("-n", switch, "link", "set", f"p{host}", "master", "br0", "up")
                ip("-n", self.name(host), "addr", "add", f"{self.address(host)}/24", "dev", "eth0")
                for link in ("lo", "eth0"):
                    ip("-n", self.name(host), "link", "set", link, "up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for host in [*range(self.count), "switch"]:
            ip("netns", "del", self.name(host), check=False)

    def pull_plug(self, host):
        ip("-n", self.name("switch"), "link", "set", f"p{host}", "down")
        self.cut_ports.add(host)

    def move_off(self, host):
        """Its port is on no bridge: it has a carrier and reaches nobody."""
        ip("-n", self.name("switch"), "link", "set", f"p{host}", "nomaster")
        self.cut_ports.add(host)

    def drop_towards(self, host, others):
        """What `host` sends to those vanishes; the other way is open."""
        lines = [f"route replace blackhole {self.address(other)}/32" for other in others]
        ip("-n", self.name(host), "-batch", "-", text="\n".join(lines))
        self.cut_routes.add(host)

    def whole(self):
        """Nothing is cut any more."""
        for host in self.cut_ports:
            ip("-n", self.name("switch"), "link", "set", f"p{host}", "master", "br0", "up")
        for host in self.cut_routes:
            ip("-n", self.name(host), "route", "flush", "type", "blackhole")
        self.cut_ports, self.cut_routes = set(), set()
