#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`plan apply` and `plan why` of `troupe shell`: a cluster file is compared with what an agent keeps,
carried out under load without a failed request, and what does not come up says why.

plan_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("decode-1", "decode"), ("decode-2", "decode"),
         ("cache-1", "cache")]
CHANGES = ["--write", "--yes"]


class Plan:
    """A cluster file that is edited, and the shell that applies it."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.path = os.path.join(cluster.directory, "wanted.yaml")
        with open(cluster.file, encoding="utf-8") as lines:
            self.lines = lines.read().splitlines()
        self.write()

    def write(self):
        with open(self.path, "w", encoding="utf-8") as out:
            out.write("\n".join(self.lines) + "\n")

    def without(self, name):
        self.lines = [x for x in self.lines if f"{{name: {name}," not in x]
        self.write()

    def add(self, name, role, *flags):
        self.lines.append(f'  - {{name: {name}, role: "{role}", flags: {json.dumps(flags)}}}')
        self.write()

    def run(self, command, *flags):
        words = [self.cluster.troupe, "shell", "--run-dir", self.cluster.directory, "--cluster",
                 self.cluster.name, "-c", command, "-o", "json", *flags]
        got = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False,
                             stdin=subprocess.DEVNULL)
        return got.returncode, [json.loads(x) for x in got.stdout.splitlines()], got.stderr

    def apply(self, *flags, words=""):
        return self.run(f"plan apply {self.path} {words}", *flags)

    def why(self, slot):
        code, (told,), errors = self.run(f"plan why {slot}")
        assert code == 0, (slot, errors)
        return told


def check_nothing(plan, words=""):
    code, told, errors = plan.apply(*CHANGES, words=words)
    assert code == 0 and len(told) == 1 and told[0]["changes"] == 0, (code, told, errors)
    return told[0]


def check_looking(plan):
    """Nothing differs, then three things do; nobody agreed, so nothing happens."""
    code, told, errors = plan.apply()
    assert code == 0 and told[0]["same"] == 4 and not told[0]["notes"], (code, told, errors)
    plan.without("decode-1")
    plan.without("cache-1")
    plan.add("decode-1", "decode", "--threads", "1")
    plan.add("decode-3", "decode")
    before = dict(plan.cluster.pids)
    for flags, why in [((), "read-only"), (("--write",), "nobody can be asked")]:
        code, told, errors = plan.apply(*flags, words="--prune")
        assert code == 1 and why in errors, (code, told, errors)
        if not flags:
            assert [(x["change"], x["slot"]) for x in told] == [
                ("add", "decode-3"), ("change", "decode-1"), ("stop", "cache-1")], told
    assert {n: plan.cluster.pid_of(n) for n in before} == before


class Load(threading.Thread):
    """Asks until it is told to stop."""

    def __init__(self, cluster):
        super().__init__()
        self.cluster, self.goes_on, self.answers = cluster, True, []
        self.start()

    def run(self):
        while self.goes_on:
            self.answers.append(self.cluster.post(
                {"messages": user(f"Count to {len(self.answers)}."), "max_tokens": 60})[0])

    def end(self):
        self.goes_on = False
        self.join()
        assert len(self.answers) > 3 and set(self.answers) == {200}, self.answers


def check_applying(plan):
    """What starts is there before what changes is ended; cache-1 stays until it is pruned."""
    cluster = plan.cluster
    old = cluster.pid_of("decode-1")
    load = Load(cluster)
    code, told, errors = plan.apply(*CHANGES)
    load.end()
    assert code == 0, (told, errors)
    assert [(x["slot"], x["outcome"]) for x in told[:-1]] == [
        ("decode-3", "done"), ("decode-1", "done")], told
    assert ["cache-1" in note and "--prune" in note for note in told[-1]["notes"]] == [True], told
    assert cluster.pid_of("decode-1") not in (None, old) and cluster.pid_of("decode-3")
    assert cluster.pid_of("cache-1") == cluster.pids["cache-1"]
    assert len(check_nothing(plan)["notes"]) == 1
    code, told, errors = plan.apply(*CHANGES, words="--prune")
    assert code == 0 and [x["slot"] for x in told[:-1]] == ["cache-1"], (told, errors)
    check_nothing(plan, "--prune")
    wait_for(lambda: cluster.pid_of("cache-1") is None, "end of cache-1")
    check_nothing(plan, "--prune")
    with open(os.path.join(cluster.directory, "agent.log"), encoding="utf-8") as log:
        booked = [x for x in log if "operator_command" in x]
    for what in ["run slot decode-3 as decode", "run slot decode-1 as decode", "stop slot cache-1"]:
        assert len([x for x in booked if what in x]) == 1, (what, booked)


def check_reasons(plan):
    rests = plan.why("cache-1")
    assert not rests["wanted"] and rests["phase"] == "stopped" and not rests["member"], rests
    assert rests["edited"]["what"] == "stop" and rests["edited"]["who"], rests
    assert rests["agent_linked"] and len(rests["remedies"]) == 1, rests
    old = plan.cluster.pid_of("decode-2")
    os.kill(old, signal.SIGKILL)
    wait_for(lambda: plan.cluster.pid_of("decode-2") not in (None, old), "decode-2 again")
    killed = plan.why("decode-2")
    assert killed["wanted"] and killed["edited"] is None and killed["restarts"] == 1, killed
    assert killed["last_crash"]["how"] == "killed by signal 9", killed
    assert not killed["last_crash"]["of_itself"] and not killed["remedies"], killed
    code, _, errors = plan.run("plan why decode-22")
    assert code == 1 and "did you mean 'decode-2'" in errors, (code, errors)


def check_failures(plan):
    """A slot whose flags are wrong dies again and again: the steps behind it are not begun."""
    old = plan.cluster.pid_of("decode-2")
    plan.without("decode-2")
    plan.add("decode-2", "decode", "--threads", "2")
    plan.add("cache-9", "cache", "--no-such-flag", "1")
    code, told, errors = plan.apply(*CHANGES, words="--timeout 2s")
    assert code == 4 and "0 of 2 changes done" in errors, (code, told, errors)
    assert [x["slot"] for x in told] == ["cache-9"] and told[0]["outcome"] != "done", told
    assert plan.cluster.pid_of("decode-2") == old
    why = plan.why("cache-9")
    assert why["wanted"] and why["restarts"] > 0 and why["last_crash"]["of_itself"], why
    plan.without("cache-9")
    code, told, errors = plan.apply(*CHANGES, words="--prune")
    assert code == 0 and [x["change"] for x in told[:-1]] == ["change", "stop"], (told, errors)
    plan.lines.append("nonsense: 1")
    plan.write()
    code, told, errors = plan.apply(*CHANGES)
    assert code == 2 and f"{plan.path}:" in errors and "nonsense" in errors, (code, errors)
    plan.lines = ["name: another", *plan.lines[1:-1]]
    plan.write()
    code, told, errors = plan.apply(*CHANGES)
    assert code == 1 and "no agent 'another-agent'" in errors, (code, errors)


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        plan = Plan(cluster)
        check_looking(plan)
        check_applying(plan)
        check_reasons(plan)
        check_failures(plan)
    print("a file is compared, applied under load, and applied again for nothing; slots say why")


main()
