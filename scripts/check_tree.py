#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Checks what no compiler checks: includes, licences, lengths, banned words, paths in pages."""

import glob
import os
import re
import subprocess
import sys

MAY_INCLUDE = {
    "runtime": {"runtime"},
    "messages": {"runtime", "messages"},
    "engine": {"runtime", "messages/vocab", "engine"},
    "cuda": {"runtime", "messages/vocab", "engine", "cuda"},
    "actors": {"runtime", "messages", "engine", "actors"},
    # Of cuda only what its loadable library promises: nothing links it.
    "apps": {"runtime", "messages", "engine", "actors", "apps", "cuda/abi.hpp",
             "cuda/rank_parts.hpp"},
    "test": {"runtime", "messages", "engine", "cuda", "actors", "apps", "test"},
}
# A third party's headers and the folders that wrap it.
THIRD_PARTY = {
    "caf": ("runtime/bus", "actors", "apps", "test"),
    "zmq": ("runtime/bus", "apps/troupe/bench", "test"),
    "msgpack": ("runtime/codec", "test"),
    "simdjson": ("runtime/json",),
    "yaml-cpp": ("runtime/config",),
    "spdlog": ("runtime/observe",),
    "prometheus": ("runtime/observe",),
    "boost": ("runtime/config", "runtime/http"),
    "curl": ("runtime/http",),
    "hiredis": ("runtime/redis",),
    "sodium.h": ("runtime/keys",),
    "pcre2.h": ("engine/text",),
    "utf8proc.h": ("engine/text",),
    "histedit.h": ("runtime/terminal",),
    "xxhash.h": ("runtime/base",),
    "doctest": ("test",),
    "cuda_runtime.h": ("cuda",),
    "cuda_bf16.h": ("cuda",),
    "cublasLt.h": ("cuda",),
}
BANNED = {
    r"caf/all\.hpp": "include the part of CAF that is used",
    r"std::cout": "use stdio in apps, the logger elsewhere",
    r"\bstd::rand\b": "use runtime/base/rng.hpp",
    r"steady_clock::now": "time comes from a clock (runtime/base/clock.hpp)",
    r"\bTODO\b(?!.*#\d)": "name an issue: TODO #n",
}
ALLOWED = {("steady_clock::now", "runtime/base/clock.cpp")}
LINES_MAX = 500


def complaints(path, text):
    top = path.split("/")[0]
    if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(text.split("\n")[:4]):
        yield 1, "no SPDX licence line at the top"
    lines = text.split("\n")
    if len(lines) > LINES_MAX and "long because:" not in text[:2000]:
        yield len(lines), f"over {LINES_MAX} lines without 'long because:' in the first comment"
    for number, line in enumerate(lines, 1):
        if len(line) > 100 and "http" not in line and "R\"" not in line:
            yield number, "over 100 columns"
        ours = re.match(r'#include "([^"]+)"', line)
        if ours and top in MAY_INCLUDE:
            allowed = MAY_INCLUDE[top]
            if not any(ours[1] == a or ours[1].startswith(a + "/") for a in allowed):
                yield number, f"{top} may not include {ours[1]}"
        theirs = re.match(r"#include <([^/>]+)", line)
        if theirs and theirs[1].replace(".hpp", "") in THIRD_PARTY:
            homes = THIRD_PARTY[theirs[1].replace(".hpp", "")]
            if not path.startswith(tuple(h + "/" for h in homes)):
                yield number, f"<{theirs[1]}> belongs behind {', '.join(homes)}"
        for pattern, remedy in BANNED.items():
            known = any(pattern == w and path == p for w, p in ALLOWED)
            if re.search(pattern, line) and not known and top != "test":
                yield number, f"'{pattern}': {remedy}"

# These two also describe what is to come.
PAGES_OF_THE_FUTURE = {"docs/design.md", "docs/protocol.md"}


def titles_of_tests():
    found = set()
    for path in glob.glob("test/**/*_test.cpp", recursive=True):
        with open(path, encoding="utf-8") as source:
            text = source.read()
        # A long title stands on the next line; adjacent literals are one.
        for literals in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)\)', text):
            found.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)))
    return found


def page_complaints(path, text):
    tops = {name.split("/")[0] for name in os.listdir(".")}
    for number, line in enumerate(text.split("\n"), 1):
        if re.search(r"@@|\bTBD\b|\bTODO\b", line):
            yield number, "a place that waits for its figure or words"
        for quoted in re.findall(r"`([^`\n]+)`", line):
            place = quoted.split(" ")[0].rstrip("/")
            is_path = re.fullmatch(r"[\w.-]+(/[\w.-]+)+", place) and place.split("/")[0] in tops
            if is_path and not place.startswith("build/") and not os.path.exists(place):
                yield number, f"no such path: {place}"
    if path == "docs/invariants.md":
        titles = titles_of_tests()
        for title in re.findall(r'"([^"]+)"', text):
            if " ".join(title.split()) not in titles:
                yield 1, f"no such test: {' '.join(title.split())}"


def pages():
    for path in sorted(glob.glob("docs/**/*.md", recursive=True)) + ["CHANGELOG.md", "README.md"]:
        if path not in PAGES_OF_THE_FUTURE:
            yield path


def main():
    files = subprocess.run(["git", "ls-files", "*.cpp", "*.hpp", "*.cu", "*.cuh"],
                           capture_output=True, text=True, check=True).stdout.split()
    found = 0
    for path in files:
        try:
            with open(path, encoding="utf-8") as source:
                text = source.read()
        except FileNotFoundError:
            continue
        for number, what in complaints(path, text):
            print(f"{path}:{number}: {what}", file=sys.stderr)
            found += 1
    for path in pages():
        with open(path, encoding="utf-8") as page:
            text = page.read()
        for number, what in page_complaints(path, text):
            print(f"{path}:{number}: {what}", file=sys.stderr)
            found += 1
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
