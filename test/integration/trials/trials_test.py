#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""About a hundredth of each long trial of scripts/soak.d that has no test of its own.

trials_test.py TROUPE MODEL_DIRECTORY
"""

import pathlib
import subprocess
import sys
import time

TRIALS = pathlib.Path(__file__).parents[3] / "scripts" / "soak.d"
SHORT = [("detect", "--trials", "10"), ("pauses", "--seconds", "18"), ("joins", "--joins", "300", "--over-s", "0")]
VOID = 5


def main():
    for name, *words in SHORT:
        began = time.monotonic()
        done = subprocess.run([sys.executable, TRIALS / f"{name}.py", "--troupe", sys.argv[1],
                               "--no-record", *words], timeout=250, check=False)
        print(f"{name}: exit code {done.returncode} after {time.monotonic() - began:.1f} s"
              + (": void, the machine was not quiet" if done.returncode == VOID else ""),
              flush=True)
        assert done.returncode in (0, VOID), name


main()
