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

import pexpect

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user  # noqa: E402

STORY = "Tell me of the river and the sea and the hills and the towns. " * 12
NAME = f"test-{os.getpid()}"


def session(cluster, flags, lines):
    command = ["shell", "--run-dir", cluster.directory, "--cluster", NAME, *flags]
    child = pexpect.spawn(cluster.troupe, command, encoding="utf-8", timeout=20,
                          dimensions=(50, 200), echo=False,
                          env={**os.environ, "XDG_STATE_HOME": cluster.directory, "TERM": "dumb"})
    prompt = NAME + ("# " if "--write" in flags else "> ")
    child.expect_exact(prompt)
    seen = "$ troupe shell --cluster demo " + " ".join(flags) + "\n" + child.before + prompt
    for line in lines:
        for answer in line if isinstance(line, tuple) else (line,):
            child.sendline(answer)
            child.expect_exact("[y/N] " if "y/N" not in answer and line is not answer
                               and answer is line[0] else prompt)
            seen += child.before + child.after
    child.sendline("exit")
    child.expect(pexpect.EOF)
    return seen + child.before


def plain(text):
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r", "")
    text = text.replace(f"/{NAME}", "/demo").replace(NAME, "demo")
    return "\n".join("    " + line.rstrip() if line.strip() else "" for line in text.split("\n"))


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory) as cluster:
        for _ in range(2):
            cluster.chat({"messages": user(STORY), "max_tokens": 8})
        load = [threading.Thread(target=cluster.post, args=(
            {"messages": user(STORY + str(i)), "max_tokens": 1500, "temperature": 1,
             "troupe": {"ignore_eos": True}},)) for i in range(6)]
        for thread in load:
            thread.start()
        request = cluster.chat({"messages": user(STORY + "And the end?"), "max_tokens": 40})["id"]
        print(plain(session(cluster, [], [
            "ps -r decode -s busy", "reqs | head -4", f"router explain {request}",
            f"trace {request}", 'cache find "' + STORY.strip() + '"',
            "trace decode@decode-1 --msgs --rate 3/s --for 1s", "ask router status_query | head -4",
            "drain decode-1"])))
        for thread in load:
            thread.join()
        print(plain(session(cluster, ["--write"], [
            (f"spawn decode on {NAME}-agent", "y"), "nodes | grep decode",
            ("kill decode@decode-1", "y"), "events --for 1s", "plan show"])))


main()
