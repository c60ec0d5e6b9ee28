# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe chaos proxy` before nodes of a cluster. Standard library only."""

import collections
import json
import subprocess

SHOWN = "127.0.0.2"  # what nodes say their host is; behind it stands the proxy
BEHIND = "127.0.0.1"


class Proxy:
    """Passes on what comes for these ports of SHOWN to the same ports of BEHIND."""

    def __init__(self, troupe, ports, seed, faults, seconds, *flags):
        words = [x for port in ports for x in (f"{SHOWN}:{port}", f"{BEHIND}:{port}")]
        self.process = subprocess.Popen(
            [troupe, "chaos", "proxy", *words, "--seed", str(seed), "--seconds", str(seconds), "-o",
             "json", *(["--fault", ",".join(faults)] if faults else []), *flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        said = self.process.stderr.readline()
        assert said.startswith("chaos proxy:"), said

    def end(self):
        """What it did, and how often by kind."""
        self.process.terminate()
        out, _ = self.process.communicate(timeout=20)
        assert self.process.returncode == 0, self.process.returncode
        done = json.loads(out)
        return done, collections.Counter(act["fault"] for act in done["acts"])
