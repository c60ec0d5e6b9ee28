// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/options.hpp"

namespace troupe {

using namespace config; // The declarations below are all calls of it.

void declare_commands(command_line& line) {
  line.add({.path = "serve",
            .positionals = "MODEL",
            .summary = "Serve a model with all roles in one process.",
            .groups = {"http", "engine", "node", "output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "node",
            .positionals = "",
            .summary = "Run one node of a cluster.",
            .groups = {"node", "engine", "http", "cache", "output"}});
  line.add({.path = "up",
            .positionals = "CLUSTER.yaml",
            .summary = "Start a cluster on this host, on the others of its file by ssh, and wait "
                       "until it is ready.",
            .groups = {"hosts", "node", "output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "down",
            .positionals = "[CLUSTER.yaml]",
            .summary = "Stop the cluster, on other hosts by ssh; exit code 3: one is out of reach.",
            .groups = {"hosts", "node", "output"},
            .positionals_max = 1});
  line.add({.path = "host start",
            .positionals = "",
            .summary = "For `up` elsewhere: start this host's agent, whose files come on standard "
                       "input.",
            .groups = {"node", "output"}});
  line.add({.path = "host stop",
            .positionals = "",
            .summary = "For `down` elsewhere: end this host's agent and its processes.",
            .groups = {"node", "output"}});
  line.add({.path = "status",
            .positionals = "",
            .summary = "Show the nodes of a running cluster and what they say.",
            .groups = {"node", "http", "output"}});
  line.add({.path = "scale",
            .positionals = "SLOT",
            .summary = "Start, stop or add a slot of a running cluster.",
            .groups = {"scale", "node", "engine", "http", "output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "chat",
            .positionals = "",
            .summary = "Talk to a served model on the terminal.",
            .groups = {"chat", "engine", "output"}});
  line.add({.path = "shell",
            .positionals = "",
            .summary = "Look into a running cluster, and change it with --write.",
            .groups = {"shell", "node", "output"}});
  line.add({.path = "sim",
            .positionals = "",
            .summary = "Run whole clusters under virtual time, with faults, and check them.",
            .groups = {"sim", "output"}});
  line.add({.path = "bench bus",
            .positionals = "",
            .summary = "Measure the bus beside raw ZeroMQ and CAF's own remoting.",
            .groups = {"bench", "output"}});
  line.add({.path = "bench engine",
            .positionals = "",
            .summary = "Measure the engine on this machine, beside llama.cpp if asked.",
            .groups = {"bench", "engine", "output"}});
  line.add({.path = "bench kv",
            .positionals = "",
            .summary = "Measure how fast KV blocks get from one engine's pool into another's.",
            .groups = {"bench", "engine", "output"}});
  line.add({.path = "bench load",
            .positionals = "",
            .summary = "Measure how long a model takes to load, packed and from its packed copy.",
            .groups = {"bench", "engine", "output"}});
  line.add({.path = "chaos detect",
            .positionals = "",
            .summary = "Measure how fast nodes notice that another died, stopped or hangs.",
            .groups = {"chaos", "sim", "output"}});
  line.add({.path = "chaos run",
            .positionals = "[NODE...]",
            .summary = "Kill, stop and terminate processes of the cluster that runs here, by seed; "
                       "exit code 5: too little load.",
            .groups = {"chaos", "sim", "node", "output"},
            .positionals_max = 64});
  line.add({.path = "chaos proxy",
            .positionals = "LISTEN TO [LISTEN TO]...",
            .summary = "Pass connections on, and do to their bytes what the seed says.",
            .groups = {"chaos", "sim", "output"},
            .positionals_min = 2,
            .positionals_max = 64});
  line.add({.path = "chaos joins",
            .positionals = "",
            .summary = "Let nodes of this process join a cluster without keys and leave it again, "
                       "many times.",
            .groups = {"joins", "chaos", "node", "output"}});
  line.add({.path = "chaos victim",
            .positionals = "",
            .summary = "Be a node for chaos detect.",
            .groups = {"node"}});
  line.add({.path = "doctor",
            .positionals = "",
            .summary = "Check this host and a model directory.",
            .groups = {"engine", "http", "output"}});
  line.add({.path = "keys init",
            .positionals = "",
            .summary = "Make a cluster's secret key, in --keys.",
            .groups = {"node", "output"}});
  line.add({.path = "keys issue",
            .positionals = "NAME",
            .summary = "Make a node's key and certificate for its roles.",
            .groups = {"keys", "node", "output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "keys revoke",
            .positionals = "NAME|SERIAL",
            .summary = "Revoke the certificates of a node, or one.",
            .groups = {"node", "output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "keys rotate",
            .positionals = "",
            .summary = "Make a new cluster key; the one before stays trusted until the next.",
            .groups = {"node", "output"}});
  line.add({.path = "keys show",
            .positionals = "",
            .summary = "Show what a cluster has issued, or what a node holds and how to join it.",
            .groups = {"node", "output"}});
  line.add({.path = "config show",
            .positionals = "",
            .summary = "Show every setting and where it comes from.",
            .groups = {"node", "engine", "http", "cache", "output"}});
  line.add({.path = "config check",
            .positionals = "FILE",
            .summary = "Say whether a YAML file with settings is right.",
            .groups = {"output"},
            .positionals_min = 1,
            .positionals_max = 1});
  line.add({.path = "config reference",
            .positionals = "",
            .summary = "Print a YAML file with every option.",
            .groups = {}});
}

} // namespace troupe
