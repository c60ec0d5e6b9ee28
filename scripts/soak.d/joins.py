#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Nodes that join a cluster and leave it: those who stay must not grow. Also what a peer, and an
actor of one, weighs."""

import sys
import tempfile

import _trial
from support import joins

GROWTH_KIB_MAX = 1024


def main(argv):
    parser = _trial.arguments(__doc__)
    parser.add_argument("--joins", type=int, default=10_000)
    parser.add_argument("--over-s", type=int, default=3600, help="spread over about so long")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as directory:
        figures = joins.run(options.troupe, str(_trial.ROOT / "models" / "tiny"), directory,
                            options.joins, options.over_s)
    is_fine = all(kib <= GROWTH_KIB_MAX for kib in figures["growth_kib"].values())
    _trial.add("joins", {**figures, "fine": is_fine}, options)
    return 0 if is_fine else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
