#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""How soon nodes notice that another was killed, stopped, or has its actors hang. Exit code 5: void,
the machine was busy or not wholly ours."""

import json
import subprocess
import sys

import _trial

P99_MS_MAX = {"kill": 20, "stop": 250, "deadlock": 500}
BUSY_PCT_MAX = 50
STEAL_PCT_MAX = 5
VOID = 5


def main(argv):
    parser = _trial.arguments(__doc__)
    parser.add_argument("--trials", type=int, default=1000, help="of each mode")
    parser.add_argument("--mode", action="append", choices=list(P99_MS_MAX))
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(argv)
    codes = set()
    for mode in options.mode or P99_MS_MAX:
        done = subprocess.run([options.troupe, "chaos", "detect", "--mode", mode, "--trials",
                               str(options.trials), "--seed", str(options.seed), "-o", "json"],
                              stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            return 1
        figures = json.loads(done.stdout)
        is_void = (figures["cpu_steal_pct"] > STEAL_PCT_MAX
                   or figures["cpu_busy_pct"] > BUSY_PCT_MAX)
        is_fine = figures["p99_ms"] < P99_MS_MAX[mode]
        _trial.add("detect", {**figures, "seed": options.seed, "p99_wanted_ms": P99_MS_MAX[mode],
                              "void": is_void, "fine": is_fine}, options)
        codes.add(VOID if is_void else 0 if is_fine else 1)
    return 1 if 1 in codes else max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
