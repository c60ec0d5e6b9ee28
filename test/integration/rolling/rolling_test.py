#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Rolling restart of a cluster under load: wire-1 -> now -> wire-1; no request may fail.

rolling_test.py TROUPE MODEL_DIRECTORY [ROUNDS]. Exit code 77: the history of the repository, which
has the binary of wire-1, is not here.
"""

import pathlib
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support import rolling  # noqa: E402


def main():
    began = time.monotonic()
    old = rolling.build_old()
    if old is None:
        print("skipped: rolling: no history to build wire-1 from")
        sys.exit(77)
    print(f"the binary of wire-1 was there after {time.monotonic() - began:.1f} s", flush=True)
    with tempfile.TemporaryDirectory() as directory:
        figures = rolling.run(sys.argv[1], old, sys.argv[2], directory,
                              int(sys.argv[3]) if len(sys.argv) > 3 else 1)
    print(f"{figures['restarts']} restarts in {figures['seconds']} s, {figures['answered']} "
          f"requests answered ({figures['per_second']}/s), {figures['failed']} failed, the longest "
          f"took {figures['longest_s']} s")


main()
