#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Rolling restarts of a cluster under load, wire-1 -> now -> wire-1; no request may fail."""

import sys
import tempfile

import _trial
from support import rolling


def main(argv):
    parser = _trial.arguments(__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    options = parser.parse_args(argv)
    old = rolling.build_old()
    if old is None:
        return 77
    with tempfile.TemporaryDirectory() as directory:
        figures = rolling.run(options.troupe, old, _trial.ROOT / "models" / "tiny", directory,
                              options.rounds)
    _trial.add("rolling", figures, options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
