# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The hundredth part of the soak of the bus, and that a soak goes on, and is void without a canary.

usage: soak_test.py TROUPE
"""
import json
import pathlib
import subprocess
import sys
import tempfile

SOAK = pathlib.Path(__file__).resolve().parents[2] / "scripts" / "soak"


def soak(*flags):
    return subprocess.run([sys.executable, SOAK, "sim", "--scene", "bus", *map(str, flags)],
                          capture_output=True, text=True)


def lines(record):
    return [json.loads(line) for line in record.read_text().splitlines()]


def test_soak(troupe, record):
    done = soak("--troupe", troupe, "--record", record, "--seeds", 1000, "--jobs", 2)
    print(done.stdout, done.stderr)
    assert done.returncode == 0, "a seed failed; its replay stands above"
    (first,) = lines(record)
    assert (first["from"], first["to"], first["failed"]) == (1, 1000, 0), first
    assert first["messages"] > 1_000_000 and first["virtual_s"] >= 60_000, first
    assert all(count > 0 for count in first["faults"].values()), first["faults"]

    assert soak("--troupe", troupe, "--record", record, "--seeds", 8).returncode == 0
    assert (lines(record)[1]["from"], lines(record)[1]["to"]) == (1001, 1008), lines(record)


def test_blind(folder):
    blind = folder / "blind"
    blind.write_text("#!/bin/sh\necho '{\"failed\": 0}'\n")
    blind.chmod(0o755)
    record = folder / "blind.jsonl"
    done = soak("--troupe", blind, "--record", record, "--seeds", 8)
    assert done.returncode == 1 and "void" in done.stderr, done
    assert not record.exists()


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        test_blind(folder)
        test_soak(sys.argv[1], folder / "soak.jsonl")


main()
