#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe keys`: what it makes, says and refuses.

keys_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import time

TROUPE = os.path.abspath(sys.argv[1])


def run(*words, keys=None, **environment):
    keep = {k: v for k, v in os.environ.items() if not k.startswith(("TROUPE", "XDG"))}
    where = ["--keys", str(keys)] if keys else []
    return subprocess.run([TROUPE, "keys", *words, *where], capture_output=True, text=True,
                          timeout=30, env={**keep, **environment}, check=False)


def said(*words, keys=None, **environment):
    done = run(*words, "-o", "json", keys=keys, **environment)
    assert done.returncode == 0, done.stderr
    assert done.stderr == "", done.stderr
    return json.loads(done.stdout)


def refused(code, word, *words, keys=None):
    done = run(*words, keys=keys)
    assert done.returncode == code, (done.returncode, done.stderr)
    assert done.stdout == "" and word in done.stderr, done.stderr


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def check_issue(keys):
    made = said("init", "--cluster", "blue", keys=keys)
    assert made["cluster"] == "blue" and len(made["cluster_key"]) == 43
    assert mode(keys) == 0o700 and mode(keys / "cluster.key") == 0o600
    refused(2, "already", "init", keys=keys)

    w1 = said("issue", "w1", "--role", "prefill,decode", "--days", "2", keys=keys)
    assert w1["roles"] == "prefill,decode" and len(w1["serial"]) == 16
    assert w1["not_after_s"] - w1["not_before_s"] == 2 * 86400
    assert abs(w1["not_before_s"] - time.time()) < 60
    home = pathlib.Path(w1["directory"])
    assert home == keys / "nodes" / "w1" and mode(home) == 0o700
    assert mode(home / "node.key") == 0o600 and not (home / "cluster.key").exists()

    shown = said("show", "--listen", "10.0.0.7:7700", keys=home)
    assert shown["name"] == "w1" and shown["cluster"] == "blue" and shown["key"] == w1["key"]
    assert shown["join"] == "10.0.0.7:7700#" + w1["key"]
    assert shown["trusted"] == [made["cluster_key"]]
    again = said("issue", "w1", "--role", "decode", keys=keys)
    assert again["key"] == w1["key"] and again["serial"] != w1["serial"]

    refused(2, "cannot name a node", "issue", "../w2", keys=keys)
    refused(2, "unknown role", "issue", "w2", "--role", "king", keys=keys)
    refused(2, "days", "issue", "w2", "--days", "0", keys=keys)


def check_revoke(keys):
    said("issue", "w2", "--role", "decode", keys=keys)
    refused(1, "nobody", "revoke", "nobody", keys=keys)
    assert said("revoke", "w2", keys=keys) == {"revoked": 1, "revocations_version": 2}
    assert said("revoke", "w2", keys=keys)["revoked"] == 0
    refused(1, "revoked", "show", keys=keys / "nodes" / "w2")
    states = {row["name"]: row["state"] for row in said("show", keys=keys)["issued"]}
    assert states == {"w1": "valid", "w2": "revoked"}, states


def check_rotate(keys):
    first = said("show", keys=keys)["trusted"]
    second = said("rotate", keys=keys)["trusted"]
    assert len(second) == 2 and second[1] == first[0]
    assert said("show", keys=keys / "nodes" / "w1")["trusted"] == second
    third = said("rotate", keys=keys)["trusted"]
    assert len(third) == 2 and third[1] == second[0]
    refused(1, "not trusted", "show", keys=keys / "nodes" / "w1")
    said("issue", "w1", "--role", "decode", keys=keys)
    assert said("show", keys=keys / "nodes" / "w1")["trusted"] == third


def check_files(keys):
    secret = keys / "nodes" / "w1" / "node.key"
    secret.chmod(0o644)
    refused(2, "chmod 600", "show", keys=secret.parent)
    secret.chmod(0o600)
    (keys / "cluster.key").write_text("junk\n", encoding="utf-8")
    refused(2, "not a key", "issue", "w3", "--role", "decode", keys=keys)
    refused(1, "troupe keys init", "issue", "w3", keys=keys / "none")


def main():
    with tempfile.TemporaryDirectory() as directory:
        keys = pathlib.Path(directory) / "keys"
        check_issue(keys)
        check_revoke(keys)
        check_rotate(keys)
        check_files(keys)
        state = pathlib.Path(directory) / "state"
        made = said("init", XDG_STATE_HOME=str(state))
        assert made["directory"] == str(state / "troupe" / "keys" / "troupe")
    print("keys: ok")


if __name__ == "__main__":
    main()
