#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Checks that every header compiles on its own, with the flags of a source beside it.

What has not changed since it passed is not compiled again (build/check/headers).
"""

import concurrent.futures
import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

COMMANDS = pathlib.Path("build/release/compile_commands.json")
PASSED = pathlib.Path("build/check/headers")


def flags_by_folder():
    """The include, define and dialect flags of one source of each folder."""
    found = {}
    for one in json.loads(COMMANDS.read_text(encoding="utf-8")):
        if one["file"].endswith(".cu"):  # Of nvcc, or of the emulated grid.
            continue
        folder = os.path.relpath(os.path.dirname(os.path.join(one["directory"], one["file"])))
        words = shlex.split(one["command"])
        keep, at = [], 0
        while at < len(words):
            if words[at] in ("-I", "-isystem", "-include"):
                keep += words[at:at + 2]
                at += 1
            elif re.match(r"-(I|D|std|f|isystem)", words[at]):
                keep.append(words[at])
            at += 1
        found.setdefault(folder, keep)
    return found


def nearest(folders, path):
    """The flags of the header's folder, else of the nearest one, else of the apps, which see all."""
    folder = os.path.dirname(path)
    while folder:
        if folder in folders:
            return folders[folder]
        below = sorted(f for f in folders if f.startswith(folder + "/"))
        if below:
            return folders[below[0]]
        folder = os.path.dirname(folder)
    return folders["apps/troupe"]


def closure(path, seen):
    """The header and every header of ours that it includes."""
    if path in seen or not os.path.exists(path):
        return
    seen[path] = pathlib.Path(path).read_bytes()
    for name in re.findall(rb'#include "([^"]+)"', seen[path]):
        closure(name.decode(), seen)


def check(path, flags):
    seen = {}
    closure(path, seen)
    digest = hashlib.sha256(b"".join(seen[p] for p in sorted(seen)) + " ".join(flags).encode())
    mark = PASSED / digest.hexdigest()
    if mark.exists():
        return None
    done = subprocess.run(["g++", *flags, "-fsyntax-only", "-x", "c++", "-"], check=False,
                          input=f'#include "{path}"\n', capture_output=True, text=True)
    if done.returncode != 0:
        return f"{path}: does not compile on its own:\n{done.stderr[:2000]}"
    mark.touch()
    return None


def main():
    PASSED.mkdir(parents=True, exist_ok=True)
    folders = flags_by_folder()
    headers = subprocess.run(["git", "ls-files", "*.hpp"], capture_output=True, text=True,
                             check=True).stdout.split()
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        wrong = [w for w in pool.map(lambda p: check(p, nearest(folders, p)), headers) if w]
    for one in wrong:
        print(one, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
