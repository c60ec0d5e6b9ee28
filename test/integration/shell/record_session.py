#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Prints the session that docs/shell.md shows, from a cluster of its own. No test.

record_session.py TROUPE MODEL_DIRECTORY
"""

import os
import pathlib
import re
import sys
import tempfile
import threading
import time

import pexpect

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user  # noqa: E402

STORY = "Tell me of the river and the sea and the hills and the towns. " * 3


class Session:
    def __init__(self, cluster, *flags, settle=0.1):
        self.settle = settle  # How long news may come behind a prompt.
        self.prompt = cluster.name + ("# " if "--write" in flags else "> ")
        self.child = pexpect.spawn(
            os.path.abspath(cluster.troupe),
            ["shell", "--run-dir", cluster.directory, "--cluster", cluster.name, *flags],
            cwd=cluster.directory, encoding="utf-8", timeout=20, dimensions=(50, 200), echo=False,
            env={**os.environ, "XDG_STATE_HOME": cluster.directory, "TERM": "dumb"})
        self.seen = " ".join(["$ troupe shell --cluster", cluster.name, *flags]) + "\n"
        self.until(self.prompt)

    def until(self, text):
        self.child.expect_exact(text)
        self.seen += self.child.before + self.child.after

    def line(self, text, *answers):
        self.child.sendline(text)
        for answer in answers:
            self.until("[y/N] ")
            self.child.sendline(answer)
        self.until(self.prompt)
        while self.child.expect_exact([pexpect.TIMEOUT, self.prompt], timeout=self.settle) != 0:
            self.seen += self.child.before + self.child.after  # News, and the prompt below it.

    def end(self):
        self.child.sendline("exit")
        self.child.expect(pexpect.EOF)
        text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self.seen + self.child.before)
        for line in text.replace("\r", "").split("\n"):
            print(("    " + line).rstrip())


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], sys.argv[2], directory, name="demo") as cluster:
        for _ in range(2):
            cluster.chat({"messages": user(STORY), "max_tokens": 8})
        load = [threading.Thread(target=cluster.post, args=(
            {"messages": user(f"Count the {i} ships."), "max_tokens": 1800, "temperature": 1,
             "troupe": {"ignore_eos": True}},)) for i in range(6)]
        for thread in load:
            thread.start()
        request = cluster.chat({"messages": user(STORY + "And the end?"), "max_tokens": 40})["id"]
        shell = Session(cluster)
        for line in ["ps -r decode -s busy", "drain decode-1", "reqs | head -4",
                     "trace decode-1 --msgs --rate 4/s --for 1s", f"router explain {request}",
                     f"trace {request}", f'cache find "{STORY.strip()}"']:
            shell.line(line)
        shell.end()
        for thread in load:
            thread.join()
        shell = Session(cluster, "--write", settle=0.8)
        shell.line("spawn decode on demo-agent", "y")
        shell.line("nodes | grep decode")
        shell.line("kill decode@decode-1", "y")
        shell.line("drain decode-3", "y")
        shell.line("plan show")
        shell.line("cordon decode-2", "y")
        shell.line("uncordon decode-2", "y")
        shell.line("log level decode@decode-2 debug --for 30s", "y")
        cluster.chat({"messages": user("Count the ships."), "max_tokens": 4})
        shell.line("log decode@decode-2 -n 4")
        shell.line("net gateway-1")
        shell.line(f'cache pin "{STORY.strip()}"', "y")
        shell.line("cache heat")
        shell.line("router set near_equal_ms=5", "y")
        shell.line("plan history")
        shell.end()
        with open(cluster.file, encoding="utf-8") as lines, \
                open(os.path.join(directory, "wanted.yaml"), "w", encoding="utf-8") as out:
            out.write("".join(x for x in lines if "prefill-2" not in x)
                      + '  - {name: cache-2, role: cache, flags: ["--cache-bytes", "67108864"]}\n')
        time.sleep(2)  # The shell before this one is forgotten.
        shell = Session(cluster, "--write", settle=0.8)
        shell.line("slo --ttft 1s --tpot 20ms")
        ask = threading.Timer(1, cluster.chat, [{"messages": user("Count them."), "max_tokens": 9}])
        ask.start()
        shell.line("record gateway@gateway-1 seen.jsonl --for 2s")
        ask.join()
        shell.line("replay seen.jsonl 'tokens{'")
        shell.line("plan why decode-1")
        shell.line("plan apply wanted.yaml --prune", "y")
        shell.line("plan apply wanted.yaml --prune")
        shell.line("plan why prefill-2")
        shell.end()


main()
