# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What soaks write down: one JSON object a line, appended, with the facts of the machine."""
import json
import os
import pathlib
import platform
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TROUPE = ROOT / "build" / "release" / "troupe"


def commit() -> str:
    """The commit that is built, with a + if the tree differs from it."""
    def git(*what):
        return subprocess.run(["git", "-C", str(ROOT), *what], capture_output=True, text=True)
    name = git("rev-parse", "--short=12", "HEAD").stdout.strip() or "unknown"
    changed = git("status", "--porcelain", "--untracked-files=no", "--", ":!docs").stdout.strip()
    return name + ("+" if changed else "")


def machine() -> dict:
    model = "unknown"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return {"cpu": model, "cpus": os.cpu_count(), "kernel": platform.release()}


def read(path: pathlib.Path) -> list:
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def append(path: pathlib.Path, what: dict) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    day = time.strftime("%Y-%m-%d", time.gmtime())
    with path.open("a") as out:
        out.write(json.dumps({"day": day, **what}) + "\n")
