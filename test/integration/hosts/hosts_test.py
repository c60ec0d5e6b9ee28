#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A cluster over several hosts, started and ended by a real ssh. The hosts are this machine with
run directories and ports of their own. Skipped where there is no sshd.

hosts_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import signal
import stat
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.cluster import Api, user, wait_for  # noqa: E402
from support.redis import free_port  # noqa: E402
from support.sshd import Sshd, find_sshd  # noqa: E402

TROUPE, MODEL = (os.path.abspath(path) for path in sys.argv[1:3])
QUESTION = {"messages": user("What is the capital of France?"), "temperature": 0}


class Hosts(Api):
    """Here a gateway; a worker on host b, a cache on host c."""

    def __init__(self, sshd, directory, keys=None):
        super().__init__(0, os.path.basename(MODEL))
        self.sshd, self.directory, self.keys = sshd, directory, keys
        self.name = f"hosts-{os.getpid()}-{os.path.basename(directory)}"
        os.makedirs(directory)
        self.listen = free_port()
        self.ports = {"b": free_port(), "c": free_port()}
        self.file = self.write("cluster.yaml")

    def write(self, name, troupe=None, ssh_port_of_c=None):
        lines = [f"name: {self.name}", f"model: {MODEL}", f'listen: "127.0.0.1:{self.listen}"',
                 "admin_port: 0", "nodes:",
                 '  - {name: gateway-1, role: "gateway,router", flags: ["--http-port", "0"]}',
                 "hosts:"]
        for host, node in [("b", "worker-b, role: worker"), ("c", "cache-c, role: cache")]:
            port = ssh_port_of_c if host == "c" and ssh_port_of_c else self.sshd.port
            lines.append(f'  - {{name: {host}, ssh: "{self.sshd.target}", port: {port}, '
                         f'listen: "127.0.0.1:{self.ports[host]}", '
                         f'directory: "{self.run_dir(host)}", '
                         + (f"troupe: {troupe}, " if troupe else "")
                         + f"nodes: [{{name: {node}}}]}}")
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
        return path

    def run_dir(self, host):
        return os.path.join(self.directory, "it's " + host)

    def troupe(self, command, *words, code=0, where=True):
        done = subprocess.run(
            [TROUPE, command, *words, "--run-dir", self.run_dir("a"),
             *(["--ssh", self.sshd.client] if where else [])],
            capture_output=True, text=True, timeout=150, check=False)
        assert done.returncode == code, (command, words, done.returncode, done.stderr, self.logs())
        return done

    def up(self):
        keys = ["--keys", self.keys] if self.keys else []
        told = json.loads(self.troupe("up", self.file, "-o", "json", *keys).stdout)
        self.http = next(n["http_port"] for n in told["nodes"] if n["name"] == "gateway-1")
        return {n["name"]: n["pid"] for n in told["nodes"]}

    def members(self):
        told = self.troupe("status", "--cluster", self.name, "-o", "json", where=False).stdout
        return [n["pid"] for n in json.loads(told)["nodes"]]

    def down(self, file=None, code=0):
        return self.troupe("down", *([file] if file else ["--cluster", self.name]), code=code)

    def agent(self, host):
        with open(os.path.join(self.run_dir(host), "agent.pid"), encoding="utf-8") as pid:
            return int(pid.read().split()[0])

    def processes(self):
        """Command lines of what runs in these directories."""
        found = []
        for path in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
            try:
                words = path.read_bytes().decode(errors="replace").split("\0")
            except OSError:
                continue
            if "node" in words and any(w.startswith(self.directory) for w in words):
                found.append(" ".join(words))
        return found

    def logs(self):
        return {str(p): p.read_text(errors="replace")[-800:]
                for p in pathlib.Path(self.directory).rglob("*.log")}


def check_dry_run(hosts):
    told = hosts.troupe("up", hosts.file, "--dry-run").stdout
    assert "agent,directory,planner" in told and f"-- {hosts.sshd.target}" in told, told
    assert f"{hosts.name}-b-agent" in told and "worker-b" in told, told
    commands = json.loads(hosts.troupe("up", hosts.file, "--dry-run", "-o", "json").stdout)
    assert [c["host"] for c in commands["commands"]] == ["", "b", "b", "c", "c"], commands
    assert not hosts.processes() and not os.path.exists(hosts.run_dir("b"))


def check_missing_program(hosts):
    file = hosts.write("missing.yaml", troupe="/no/such/troupe")
    done = hosts.troupe("up", file, code=1)
    for host in ("b", "c"):
        assert f"host '{host}' ({hosts.sshd.target})" in done.stderr, done.stderr
    assert "/no/such/troupe" in done.stderr and "copy this one" in done.stderr, done.stderr
    assert "'troupe' of that host" in done.stderr, done.stderr
    assert not os.path.exists(hosts.run_dir("b"))
    done = hosts.down(file, code=3)
    assert "host 'b'" in done.stderr, done.stderr
    assert not hosts.processes(), hosts.processes()


def check_serves(hosts):
    pids = hosts.up()
    names = {f"{hosts.name}-agent", f"{hosts.name}-b-agent", f"{hosts.name}-c-agent", "gateway-1",
             "worker-b", "cache-c"}
    assert set(pids) == names, pids
    assert pids[f"{hosts.name}-b-agent"] == hosts.agent("b")
    shown = hosts.troupe("status", "--cluster", hosts.name, where=False).stdout
    assert all(name in shown for name in names), shown
    hosts.wait_until_served()
    assert hosts.text(QUESTION) == "The capital of France is Paris."
    assert hosts.up() == pids, "up again restarted something"


def check_killed_agent(hosts):
    before = hosts.agent("b")
    os.kill(before, signal.SIGKILL)
    wait_for(lambda: not any("worker-b" in p for p in hosts.processes()), "end of its processes")
    # A directory forgets whose link broke after a second; until then `up` counts them as there.
    wait_for(lambda: before not in hosts.members(), "its end as a member")
    pids = hosts.up()
    after = hosts.agent("b")
    assert after == pids[f"{hosts.name}-b-agent"] != before, (before, after, pids, hosts.logs())
    hosts.wait_until_served()
    assert hosts.text(QUESTION) == "The capital of France is Paris."


def check_down(hosts):
    """In good order: the agents saw their processes end by themselves."""
    log = pathlib.Path(hosts.run_dir("b"), "agent.log")
    before = log.stat().st_size
    hosts.down()
    wait_for(lambda: not hosts.processes(), f"end of {hosts.processes()}")
    ends = [x for x in log.read_text(encoding="utf-8")[before:].splitlines()
            if "event=process_ended" in x]
    assert len(ends) == 1 and 'how="exit code 0"' in ends[0], ends


def check_unreachable(hosts):
    hosts.up()
    file = hosts.write("away.yaml", ssh_port_of_c=free_port())
    done = hosts.down(file, code=3)
    assert "host 'c'" in done.stderr and "refused" in done.stderr, done.stderr
    assert "host 'b'" not in done.stderr, done.stderr
    wait_for(lambda: not any("-b-agent" in p or "worker-b" in p for p in hosts.processes()),
             "end of host b")
    assert any("-c-agent" in p for p in hosts.processes())
    # The agent here is gone already, which is told; host c is ended nevertheless.
    hosts.down(hosts.file, code=3)
    wait_for(lambda: not hosts.processes(), f"end of {hosts.processes()}")


def check_keys(sshd, directory):
    keys = os.path.join(directory, "keys")
    hosts = Hosts(sshd, os.path.join(directory, "keyed"), keys)

    def issue(*words):
        subprocess.run([TROUPE, "keys", *words, "--keys", keys], check=True, timeout=60,
                       stdout=subprocess.DEVNULL)

    issue("init", "--cluster", hosts.name)
    done = hosts.troupe("up", hosts.file, "--keys", keys, code=1)
    assert f"troupe keys issue {hosts.name}-b-agent" in done.stderr, done.stderr
    for name, role in [(f"{hosts.name}-agent", "agent,directory,planner"),
                       (f"{hosts.name}-b-agent", "agent"), (f"{hosts.name}-c-agent", "agent"),
                       ("gateway-1", "gateway,router"), ("worker-b", "prefill,decode"),
                       ("cache-c", "cache")]:
        issue("issue", name, "--role", role)
    told = hosts.troupe("up", hosts.file, "--keys", keys, "--dry-run").stdout
    secret = pathlib.Path(keys, "nodes", "worker-b", "node.key").read_text(encoding="utf-8")
    assert secret.split("\n")[-2] not in told and "#" in told
    try:
        hosts.up()
        hosts.wait_until_served()
        assert hosts.text(QUESTION) == "The capital of France is Paris."
        there = pathlib.Path(hosts.run_dir("b"), "keys")
        assert {p.name for p in there.iterdir()} == {f"{hosts.name}-b-agent", "worker-b"}
        for path in there.rglob("*"):
            assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
        assert (there / "worker-b" / "node.key").read_text(encoding="utf-8") == secret
    finally:
        hosts.down()
    wait_for(lambda: not hosts.processes(), f"end of {hosts.processes()}")


def main():
    if find_sshd() is None:
        print("hosts: skipped, no sshd here; scripts/setup installs openssh-server")
        sys.exit(77)
    with tempfile.TemporaryDirectory() as directory, Sshd(directory) as sshd:
        hosts = Hosts(sshd, os.path.join(directory, "plain"))
        try:
            check_dry_run(hosts)
            check_missing_program(hosts)
            check_serves(hosts)
            check_killed_agent(hosts)
            check_down(hosts)
            check_unreachable(hosts)
        finally:
            if hosts.processes():
                subprocess.run([TROUPE, "down", hosts.file, "--run-dir", hosts.run_dir("a"),
                                "--ssh", sshd.client], timeout=150, check=False)
        check_keys(sshd, directory)
    print("hosts: ok")


if __name__ == "__main__":
    main()
