#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe shell` at a terminal: what a person types and sees, and what the nodes' logs say of it.

shell_pty_test.py TROUPE MODEL_DIRECTORY
"""

import os
import pathlib
import re
import shutil
import signal
import sys
import tempfile
import time

try:
    import pexpect
except ImportError:  # The distribution's package belongs to the distribution's interpreter.
    SYSTEM = "/usr/bin/python3"
    if sys.executable == SYSTEM or not shutil.which(SYSTEM) or os.environ.get("SHELL_TEST_AGAIN"):
        print("python3-pexpect is missing; scripts/setup installs it")
        sys.exit(77)
    os.execve(SYSTEM, [SYSTEM, *sys.argv], {**os.environ, "SHELL_TEST_AGAIN": "1"})

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("prefill-1", "prefill"), ("decode-1", "decode"),
         ("cache-1", "cache")]
QUESTION = "What is the capital of France?"


class Terminal:
    """A shell on a pty. `seen` is what it wrote since the last prompt."""

    def __init__(self, cluster, *flags):
        self.prompt = cluster.name + ("# " if "--write" in flags else "> ")
        self.child = pexpect.spawn(
            cluster.troupe, ["shell", "--run-dir", cluster.directory, "--cluster", cluster.name, *flags],
            encoding="utf-8", timeout=15, dimensions=(50, 240),
            env={**os.environ, "XDG_STATE_HOME": cluster.directory, "TERM": "xterm"})
        self.until_prompt()

    def until_prompt(self):
        self.child.expect_exact(self.prompt)
        return self.child.before

    def expect(self, text):
        self.child.expect_exact(text)

    def type(self, text):
        self.child.send(text)

    def line(self, text):
        """What a line's command wrote."""
        self.child.sendline(text)
        self.child.expect_exact("\n")
        return self.until_prompt()

    def end(self):
        self.child.sendline("exit")
        self.child.expect(pexpect.EOF)
        self.child.close()
        assert self.child.exitstatus == 0, self.child.exitstatus


def check_completion(shell):
    """Words are completed so that the line does what the whole words would."""
    shell.type("inf\tdeco\t\r")
    shell.expect("free_blocks")
    shell.until_prompt()
    shell.type("cac\tst\t\r")
    shell.expect("HIT-RATIO")
    shell.until_prompt()
    shell.type("ask router status_q\t\r")
    shell.expect("placements")
    shell.until_prompt()
    shell.type("ask router explain_q\t{\t\t")
    shell.expect("imagined=  request=")
    shell.expect("{")
    shell.type("\x03")
    shell.expect("^C")
    shell.until_prompt()
    assert "WORKERS" in shell.line("models"), "the discarded line stands before the next"


def check_watch(shell):
    shell.type("watch -n 0.2 cache stats\r")
    for _ in range(3):
        shell.expect("HIT-RATIO")
    shell.child.sendintr()
    shell.until_prompt()
    assert "decode-1" in shell.line("nodes"), "Ctrl-C ended more than the watch"


def check_notices(shell, cluster):
    old = cluster.pid_of("cache-1")
    shell.type("nod")
    shell.expect("nod")
    os.kill(old, signal.SIGKILL)
    shell.expect("* slot_died cache-1: killed by signal 9, restarts 1")
    shell.expect(shell.prompt + "nod")  # The line being typed stands below what happened.
    shell.type("es\r")
    shell.expect("gateway-1")
    shell.until_prompt()
    wait_for(lambda: cluster.pid_of("cache-1") not in (None, old), "cache-1 again")


def check_read_only(shell, cluster):
    seen = shell.line("drain decode-1")
    assert "refused: read-only session" in seen and "Would: stop admission on decode@decode-1" \
        in seen, seen
    for line in ["kill decode-1", "spawn decode on test-agent", "scale decode 3", "restart decode-1",
                 "stop cache-1", "ask decode-1 drain{}", "send decode-1 drain{}"]:
        agent = cluster.name + "-agent"
        seen = shell.line(line.replace("test-agent", agent))
        assert "refused: read-only session" in seen and "Would: " in seen, (line, seen)
    assert cluster.facts()["decode-1", "decode"]["phase"] == "serving"
    assert cluster.pid_of("decode-1") == cluster.pids["decode-1"]


def check_requests(shell, cluster):
    status, answer = cluster.post({"messages": user(QUESTION + " Tell me more of its rivers."),
                                   "max_tokens": 20})
    assert status == 200, answer
    request = answer["id"]
    assert request in shell.line("reqs")
    seen = shell.line(f"router explain {request}")
    assert "chosen" in seen and "decode-1" in seen and "TTFT-MS" in seen, seen
    seen = shell.line(f"trace {request}")
    for stage in ["place", "first token", "decode", "state completed", "ttft_ms"]:
        assert stage in seen, (stage, seen)
    assert re.search(r"\|=* *\|", seen), seen
    seen = shell.line(f'router explain --prompt "{QUESTION} Tell me more of its rivers."')
    assert "nothing was placed" in seen and "saves" in seen, seen


def check_trace(shell, cluster):
    """Far more messages than the rate come by; only so many are shown, and it ends by itself."""
    shell.type("trace gateway@gateway-1 --msgs --rate 5/s --for 2s\r")
    until = time.monotonic() + 2.5  # It may take a moment to begin.
    while time.monotonic() < until:
        cluster.post({"messages": user(QUESTION), "max_tokens": 40})
    shell.expect(" over the rate of 5/s")
    told = shell.child.before
    shown = len(re.findall(r"<-|->", told))
    skipped = int(re.search(r"shown, (\d+)$", told)[1])
    assert 5 <= shown <= 10 and skipped > 20, (shown, skipped)
    assert "request" in told or "tell" in told, told
    shell.until_prompt()


def check_recording(shell, cluster, directory):
    """Kept until Ctrl-C, and shown again in its own times until the next."""
    path = os.path.join(directory, "seen.jsonl")
    shell.type(f"record gateway@gateway-1 {path} --for 60s\r")

    def is_filled():  # It may take a moment to begin.
        cluster.post({"messages": user(QUESTION), "max_tokens": 20})
        return os.path.exists(path) and os.path.getsize(path) > 2000
    wait_for(is_filled, "recorded lines")
    shell.child.sendintr()
    shell.expect(" messages of gateway@gateway-1 kept in ")
    shell.expect("; ended by Ctrl-C")
    shell.until_prompt()
    shell.type(f"replay {path[:-5]}\t--speed 0.01\r")  # Tab finds the rest and a blank.
    shell.expect("gateway@gateway-1 of cluster " + cluster.name + ", recorded ")
    shell.expect("  <- ")
    shell.child.sendintr()
    shell.expect(" messages shown")
    shell.until_prompt()
    seen = shell.line(f"replay {path} --speed max tokens")
    assert "-> " in seen or "<- " in seen, seen
    assert re.search(r"\d+ of \d+ messages shown, \d+ were over the rate", seen), seen


def check_plan_words(shell, cluster):
    shell.type("plan why deco\t\r")
    shell.expect(f"decode-1 on {cluster.name}-agent: running")
    shell.expect("to do: nothing")
    shell.until_prompt()
    assert "nothing is to do: 4 slots as in" in shell.line(f"plan apply {cluster.file}")


def check_output(shell, directory):
    assert shell.line("nodes | grep -c up").strip() == "5"
    kept = os.path.join(directory, "kept.txt")
    shell.line(f"nodes > {kept}")
    shell.line(f"models >> {kept}")
    with open(kept, encoding="utf-8") as lines:
        text = lines.read()
    assert "gateway-1" in text and "SERVED-BY" in text, text


def check_life(cluster):
    shell = Terminal(cluster, "--write")
    agent = cluster.name + "-agent"
    shell.type(f"spawn decode on {agent}\r")
    shell.expect("plan: start a process 'decode-2'")
    shell.expect("do it? [y/N] ")
    shell.type("n\r")
    shell.expect("not done")
    shell.until_prompt()
    assert "decode-2" not in shell.line("plan show")

    shell.type(f"spawn decode on {agent}\r")
    shell.expect("do it? [y/N] ")
    shell.type("y\r")
    shell.expect("done: slot decode-2")
    shell.until_prompt()
    wait_for(lambda: ("decode-2", "decode") in cluster.facts(), "the spawned worker")

    old = cluster.pid_of("decode-1")
    shell.type("kill decode@decode-1\r")
    shell.expect("do it? [y/N] ")
    shell.type("y\r")
    shell.expect("done: slot decode-1")
    wait_for(lambda: cluster.pid_of("decode-1") not in (None, old), "decode-1 again")
    shell.until_prompt()

    shell.type(f"plan apply {cluster.file} --prune\r")
    shell.expect("plan: 1 change of what agents keep running")
    shell.expect(f"stop decode-2 on {agent}: decode")
    shell.expect("do it? [y/N] ")
    shell.type("n\r")
    shell.expect("not done")
    shell.until_prompt()

    shell.type("drain decode-2\r")
    shell.expect("do it? [y/N] ")
    shell.type("y\r")
    shell.expect("drained: nothing is left")
    shell.until_prompt()
    assert cluster.facts()["decode-2", "decode"]["phase"] == "cordoned"
    shell.end()


def log_of(cluster, name):
    with open(os.path.join(cluster.directory, name + ".log"), encoding="utf-8") as lines:
        return lines.read()


def check_audit(cluster):
    kept = [x for x in log_of(cluster, "agent").splitlines() if "event=operator_command" in x]
    for what in ['what="run slot decode-2 as decode" outcome="done', 'what="kill slot decode-1"']:
        assert any(what in x and "who=" in x for x in kept), (what, kept)
    drained = [x for x in log_of(cluster, "decode-2").splitlines() if "operator_command" in x]
    assert [x for x in drained if "outcome=begun" in x] \
        and [x for x in drained if "outcome=drained" in x], drained
    assert not [x for x in drained if "who=" not in x], drained


def check_end(cluster):
    """SIGTERM ends a shell at its prompt, and the cluster forgets it at once."""
    shell = Terminal(cluster)

    def shells():
        return [n["name"] for n in cluster.nodes() if n["name"].startswith("shell-")]
    # A shell whose terminal was closed said no farewell: it stays for a second.
    wait_for(lambda: len(shells()) == 1, "end of the former shells", 3)
    node = shells()
    shell.child.kill(signal.SIGTERM)
    shell.child.expect(pexpect.EOF)
    shell.child.close()
    assert shell.child.exitstatus == 0, shell.child.exitstatus
    wait_for(lambda: not cluster.pid_of(node[0]), "end of the shell's membership", 2)


def check_history(cluster):
    shell = Terminal(cluster)
    shell.type("\x1b[A\x1b[A")  # Behind `exit` stands the last line of the session before.
    shell.expect("plan show")
    shell.type("\r")
    shell.expect("LAST-END")
    shell.until_prompt()
    shell.end()


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        shell = Terminal(cluster)
        check_completion(shell)
        check_watch(shell)
        check_read_only(shell, cluster)
        check_requests(shell, cluster)
        check_trace(shell, cluster)
        check_recording(shell, cluster, directory)
        check_plan_words(shell, cluster)
        check_output(shell, directory)
        check_notices(shell, cluster)
        shell.line("plan show")
        shell.end()
        check_history(cluster)
        check_end(cluster)
        check_life(cluster)
        check_audit(cluster)
    print("a shell completes, watches, traces, explains, refuses, spawns, kills, drains; logs agree")


main()
