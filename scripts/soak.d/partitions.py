#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Random partitions of clusters over network namespaces, by seed: never two leaders obeyed, views
equal within 2 s of healing."""

import concurrent.futures
import shutil
import sys
import tempfile

import _trial
from support import netns, partitions


def run_range(troupe, seeds):
    """Keeps the logs if it fails: what it raises says where."""
    directory = tempfile.mkdtemp(prefix="troupe-partitions-")
    figures = partitions.run(troupe, _trial.ROOT / "models" / "tiny", directory, seeds,
                             lambda line: print(line, flush=True))
    shutil.rmtree(directory)
    return figures


def main(argv):
    parser = _trial.arguments(__doc__)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--seeds", type=int, default=1000)
    parser.add_argument("--jobs", type=int, default=2, help="clusters at a time")
    options = parser.parse_args(argv)
    why = netns.why_not()
    if why:
        print(f"skipped: partitions: {why}")
        return 77
    seeds = range(options.first, options.first + options.seeds)
    slices = [seeds[job::options.jobs] for job in range(options.jobs) if seeds[job::options.jobs]]
    with concurrent.futures.ProcessPoolExecutor(len(slices)) as pool:
        all_figures = list(pool.map(run_range, [options.troupe] * len(slices), slices))
    def total(key):
        return sum(f[key] for f in all_figures)
    mean = sum(f["healed_mean_s"] * f["seeds"] for f in all_figures) / total("seeds")
    _trial.add("partitions", {
        "from": options.first, "seeds": total("seeds"), "differed": total("differed"),
        "healed_max_s": max(f["healed_max_s"] for f in all_figures),
        "healed_mean_s": round(mean, 2), "orders_done": total("orders_done"),
        "orders_refused": total("orders_refused"), "epochs_obeyed": total("epochs_obeyed")}, options)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
