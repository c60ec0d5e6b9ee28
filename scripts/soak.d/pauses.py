#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Pauses of processes under the threshold of detection, with every processor saturated: nobody may
be given up. Exit code 5: void, the machine was not wholly ours, or was not saturated."""

import json
import subprocess
import sys

import _trial

STEAL_PCT_MAX = 5
BUSY_PCT_MIN = 90
VOID = 5


def main(argv):
    parser = _trial.arguments(__doc__)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    done = subprocess.run([options.troupe, "chaos", "detect", "--mode", "pauses", "--seconds",
                           str(options.seconds), "--seed", str(options.seed), "-o", "json"],
                          stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        return 1
    figures = json.loads(done.stdout)
    is_void = (figures["cpu_steal_pct"] > STEAL_PCT_MAX or figures["cpu_busy_pct"] < BUSY_PCT_MIN)
    _trial.add("pauses", {**figures, "seed": options.seed, "void": is_void,
                          "fine": figures["false_deaths"] == 0}, options)
    return VOID if is_void else 0 if figures["false_deaths"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
