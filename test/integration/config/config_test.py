#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Where settings come from, and that conf/reference.yaml is what the code says.

config_test.py TROUPE MODEL_DIRECTORY
"""

import os
import pathlib
import subprocess
import sys
import tempfile

TROUPE = os.path.abspath(sys.argv[1])
REFERENCE = pathlib.Path(sys.argv[2]).resolve().parents[1] / "conf" / "reference.yaml"


def run(*words, where=".", **environment):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("TROUPE", "XDG"))}
    return subprocess.run([TROUPE, *words], capture_output=True, text=True, timeout=30, cwd=where,
                          env={**keep, **environment}, check=False)


def port_of(shown):
    """The value and the origin of http.port in the output of `config show`."""
    line = next(x for x in shown.stdout.splitlines() if x.startswith("http.port"))
    value, origin = line.split("=", 1)[1].split("#")
    return int(value), origin.strip()


def check_places(directory):
    files = {}
    for port, name in [(1001, "named.yaml"), (1002, "here/troupe.yaml"),
                       (1003, "user/troupe/troupe.yaml")]:
        files[port] = directory / name
        files[port].parent.mkdir(parents=True, exist_ok=True)
        files[port].write_text(f"http:\n  port: {port}\n", encoding="utf-8")
    here, empty = directory / "here", directory / "empty"
    empty.mkdir()
    xdg = {"XDG_CONFIG_HOME": str(directory / "user")}

    named = str(files[1001])
    assert port_of(run("config", "show", "--config", named, where=here, **xdg)) == \
        (1001, f"file {named}:2")
    assert port_of(run("config", "show", where=here, TROUPE_CONFIG=named))[0] == 1001
    assert port_of(run("config", "show", where=here, **xdg)) == (1002, "file troupe.yaml:2")
    assert port_of(run("config", "show", where=empty, **xdg))[0] == 1003
    assert port_of(run("config", "show", where=here, TROUPE_HTTP_PORT="1004"))[0] == 1004
    assert port_of(run("config", "show", "--http-port", "1005", where=here,
                       TROUPE_HTTP_PORT="1004"))[0] == 1005
    missing = run("config", "show", "--config", str(directory / "nowhere.yaml"))
    assert missing.returncode == 1 and "nowhere.yaml" in missing.stderr, missing


def main():
    reference = run("config", "reference")
    assert reference.stdout == REFERENCE.read_text(encoding="utf-8"), \
        "conf/reference.yaml is old; run: build/release/troupe config reference >conf/reference.yaml"
    assert run("config", "check", str(REFERENCE)).returncode == 0
    with tempfile.TemporaryDirectory() as directory:
        wrong = pathlib.Path(directory) / "wrong.yaml"
        wrong.write_text("http:\n  port: many\n", encoding="utf-8")
        told = run("config", "check", str(wrong))
        assert told.returncode == 2 and f"{wrong}:2" in told.stderr, told
        check_places(pathlib.Path(directory))
    print("reference.yaml is current and valid; flags over environment over files, in their order")


main()
