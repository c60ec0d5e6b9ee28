# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What every long trial shares: where things are, and a line with its figures and the machine's
facts for docs/measurements/soak.jsonl."""

import argparse
import datetime
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = ROOT / "docs" / "measurements" / "soak.jsonl"

sys.path.insert(0, str(ROOT / "test" / "integration"))


def arguments(summary):
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--troupe", default=str(ROOT / "build" / "release" / "troupe"))
    parser.add_argument("--no-record", action="store_true",
                        help="do not write to " + str(TABLE.relative_to(ROOT)))
    return parser


def machine():
    def first(path, key):
        with open(path, encoding="utf-8") as lines:
            return next((x.split(":", 1)[1].strip() for x in lines if x.startswith(key)), "")
    return {"cpus": os.cpu_count(), "cpu": first("/proc/cpuinfo", "model name"),
            "memory_mib": int(first("/proc/meminfo", "MemTotal").split()[0]) // 1024,
            "kernel": os.uname().release}


def commit():
    def git(*words):
        done = subprocess.run(["git", "-C", ROOT, *words], capture_output=True, text=True,
                              check=False)
        return done.stdout.strip()
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!docs")
    return git("rev-parse", "--short=12", "HEAD") + ("+" if changed else "")


def add(trial, figures, options):
    """Prints the figures and appends them; a void run is kept too, as such."""
    line = {"trial": trial, "date": datetime.date.today().isoformat(), "commit": commit(),
            **figures, "machine": machine()}
    print(json.dumps(figures), flush=True)
    if not options.no_record:
        with open(TABLE, "a", encoding="utf-8") as out:
            out.write(json.dumps(line) + "\n")

