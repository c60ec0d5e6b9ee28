#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Units that are compiled for newer processors define no symbol that the linker could take for one of
the same name elsewhere: an inline function of theirs would then run on processors that lack its
instructions. Arguments: the object files of the library."""

import subprocess
import sys

NEWER = ("/avx2/", "/avx512/", "/amx/")
FOR_ANY = ("/amx/usable.cpp",)  # Decides whether the others may run.
MERGED = "uvVwW"


def merged_symbols(path):
    listed = subprocess.run(["nm", "--demangle", "--defined-only", path], stdout=subprocess.PIPE,
                            text=True, check=True).stdout
    return [line for line in listed.splitlines() if line.split(None, 2)[1] in MERGED]


def main(paths):
    looked_at = [path for path in paths if any(folder in path for folder in NEWER)
                 and not any(name in path for name in FOR_ANY)]
    found = [(path, symbol) for path in looked_at for symbol in merged_symbols(path)]
    for path, symbol in found:
        print(f"{path}: {symbol}")
    print(f"{len(looked_at)} units, {len(found)} symbols that others could take for theirs")
    return 1 if found or not looked_at else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
