#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Partitions of a cluster over network namespaces: never two leaders obeyed, equal views soon.

partitions_test.py TROUPE MODEL_DIRECTORY [FROM [SEEDS]]. Exit code 77: namespaces are refused.
"""

import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import netns, partitions  # noqa: E402


def main():
    why = netns.why_not()
    if why:
        print(f"skipped: partitions: {why}")
        sys.exit(77)
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    count = int(sys.argv[4]) if len(sys.argv) > 4 else 10
    with tempfile.TemporaryDirectory() as directory:
        figures = partitions.run(sys.argv[1], sys.argv[2], directory, range(first, first + count))
    print(figures)
    assert figures["orders_done"] > 0 and figures["differed"] > 0, "void"


if __name__ == "__main__":
    main()
