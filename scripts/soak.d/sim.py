# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Runs ranges of seeds of a simulated scene on all cores and writes them down.

    scripts/soak sim --scene bus --seeds 100000            # goes on where the record ends
    scripts/soak sim --scene bus --from 1 --seeds 1000 --record /tmp/some.jsonl

Before anything else a planted defect, the canary, must be found: else the run is void. Of every
range the first hundredth runs twice, to see that each seed takes the same course.
"""
import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import time

import _record

RECORD = _record.ROOT / "docs" / "measurements" / "soak_sim.jsonl"
CANARIES = {"bus": "canary", "directories": "lease_unchecked"}
CHUNK = {"bus": 500, "directories": 100}


def simulate(troupe, scene, first, seeds, *flags) -> dict:
    done = subprocess.run([troupe, "sim", "--scene", scene, "--seed", str(first), "--seeds",
                           str(seeds), "-o", "json", *flags], capture_output=True, text=True)
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise RuntimeError(f"seeds from {first}: {done.stderr.strip() or done.returncode}")
    return json.loads(done.stdout)


def finds_canary(troupe, scene) -> bool:
    return simulate(troupe, scene, 1, 100, "--mutant", CANARIES[scene])["failed"] > 0


def run_chunk(troupe, scene, first, seeds) -> list:
    twice = max(1, seeds // 100)
    parts = [simulate(troupe, scene, first, twice)]
    if seeds > twice:
        parts.append(simulate(troupe, scene, first + twice, seeds - twice, "--twice=false"))
    return parts


def next_seed(record, scene) -> int:
    return max((each["to"] + 1 for each in _record.read(record) if each["scene"] == scene),
               default=1)


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__,
                                  formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--scene", choices=sorted(CANARIES), default="bus")
    ask.add_argument("--from", dest="first", type=int, help="default: after the record's last")
    ask.add_argument("--seeds", type=int, default=1000)
    ask.add_argument("--seconds", type=float, help="begin no new chunk after this")
    ask.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    ask.add_argument("--record", type=pathlib.Path, default=RECORD)
    ask.add_argument("--troupe", default=str(_record.TROUPE))
    how = ask.parse_args()
    if how.seeds < 1 or how.jobs < 1:
        ask.error("--seeds and --jobs are at least 1")

    began = time.monotonic()
    built = _record.commit()
    if not finds_canary(how.troupe, how.scene):
        print("void: the canary was not found; nothing that this run says would mean anything",
              file=sys.stderr)
        return 1
    first = next_seed(how.record, how.scene) if how.first is None else how.first
    end = first + how.seeds
    size = min(CHUNK[how.scene], -(-how.seeds // how.jobs))
    starts = range(first, end, size)
    total = {key: 0 for key in ("seeds", "failed", "events", "messages", "virtual_s")}
    faults, failures = {}, []

    def is_late():
        return how.seconds is not None and time.monotonic() - began > how.seconds

    def chunk(start):
        return None if is_late() else run_chunk(how.troupe, how.scene, start,
                                                min(size, end - start))

    to = first - 1
    with concurrent.futures.ThreadPoolExecutor(how.jobs) as pool:
        for start, parts in zip(starts, pool.map(chunk, starts)):
            if parts is None:
                break
            to = min(start + size, end) - 1
            for part in parts:
                for key in total:
                    total[key] += part[key]
                for name, count in part["faults"].items():
                    faults[name] = faults.get(name, 0) + count
                failures += part["failures"]
                for each in part["failures"]:
                    print(f"seed {each['seed']}: {each['message']}\n  replay: {each['replay']}",
                          flush=True)
            wall = time.monotonic() - began
            print(f"to seed {to}: {total['failed']} failed, {total['seeds'] / wall:.0f} seeds/s, "
                  f"{total['messages']} messages, {total['virtual_s'] / wall:.0f} x real time",
                  flush=True)
    if to < first:
        print("error: no time for a single chunk", file=sys.stderr)
        return 1
    wall = time.monotonic() - began
    _record.append(how.record, {
        "scene": how.scene, "commit": built, "from": first, "to": to,
        "failed": total["failed"], "failed_seeds": [each["seed"] for each in failures],
        "events": total["events"], "messages": total["messages"], "faults": faults,
        "virtual_s": round(total["virtual_s"]), "wall_s": round(wall, 1), "jobs": how.jobs,
        "canary": "found", **_record.machine()})
    print(f"{total['seeds']} seeds, {total['failed']} failed, {wall:.0f} s; "
          f"written to {how.record}")
    return 0 if total["failed"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
