#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""`troupe shell -c`: one JSON object for a program, the exit codes, and scripts on standard input.

shell_command_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, user, wait_for  # noqa: E402

NODES = [("gateway-1", "gateway,router"), ("prefill-1", "prefill"), ("decode-1", "decode"),
         ("cache-1", "cache")]
QUESTION = "What is the capital of France? Please tell me of its rivers and its hills."


class Shell:
    def __init__(self, cluster):
        self.words = [cluster.troupe, "shell", "--run-dir", cluster.directory, "--cluster",
                      cluster.name]

    def run(self, command, *flags, text=None):
        given = [] if command is None else ["-c", command]
        return subprocess.run([*self.words, *given, *flags], capture_output=True, text=True,
                              timeout=60, check=False, input=text)

    def json(self, command, *flags):
        got = self.run(command, "-o", "json", *flags)
        assert got.returncode == 0, (command, got)
        lines = got.stdout.splitlines()
        assert len(lines) == 1, (command, got.stdout)
        return json.loads(lines[0])


def check_looks(shell, cluster):
    nodes = {n["node"]: n for n in shell.json("nodes")["nodes"]}
    for name, _ in NODES:
        assert nodes[name]["state"] == "up" and nodes[name]["pid"] == cluster.pids[name], nodes
    assert [n for n in nodes.values() if n["state"] == "this shell" and n["roles"] == "shell"]
    actors = {a["actor"]: a for a in shell.json("ps")["actors"]}
    for name in ["gateway@gateway-1", "router@gateway-1", "decode@decode-1", "cache@cache-1",
                 "admin@prefill-1"]:
        assert actors[name]["handled"] > 0 and actors[name]["mailbox"] >= 0, actors[name]
    assert {a["role"] for a in shell.json("ps -r decode")["actors"]} == {"decode"}
    handled = [a["handled"] for a in shell.json("ps -s handled")["actors"]]
    assert handled == sorted(handled, reverse=True), handled
    slots = {s["slot"]: s for s in shell.json("plan show")["slots"]}
    assert slots["decode-1"]["phase"] == "running" and slots["decode-1"]["restarts"] == 0
    links = shell.json("links gateway-1")["links"]
    assert {"decode-1", "prefill-1"} <= {x["peer"] for x in links}, links
    assert shell.json("models")["models"][0]["workers"] == 2
    memory = {n["node"]: n for n in shell.json("mem")["nodes"]}
    assert memory["decode-1"]["pool_blocks"] > 0 and memory["gateway-1"]["resident_mib"] > 5
    facts = {f["fact"]: f["value"] for f in shell.json("info decode-1")["facts"]}
    assert facts["actor"] == "decode@decode-1" and facts["phase"] == "serving", facts
    pings = shell.json("ping decode-1 -n 5")
    assert pings["answered"] == 5 and 0 < pings["median_ms"] < 1000, pings


def check_talk(shell):
    fields = shell.json("describe scale")["fields"]
    assert [f["field"] for f in fields][:3] == ["slot", "run", "want"], fields
    answer = shell.json("ask router status_query{}")["answer"]
    assert answer["message"] == "status_report" and answer["facts"], answer
    refused = shell.run("ask decode-1 drain{}")
    assert refused.returncode == 1 and "Would: " in refused.stderr and not refused.stdout, refused


def check_requests(shell, cluster):
    status, answer = cluster.post({"messages": user(QUESTION), "max_tokens": 12})
    assert status == 200, answer
    request = answer["id"]
    told = next(r for r in shell.json("reqs")["requests"] if r["request"] == request)
    assert told["state"] == "completed" and told["decode"] == "decode-1", told
    assert told["prompt_tokens"] == answer["usage"]["prompt_tokens"], told
    assert told["tokens"] >= answer["usage"]["completion_tokens"] - 1, (told, answer)
    traced = shell.json(f"trace {request}")
    stages = {s["stage"]: s for s in traced["stages"]}
    assert {"place", "first token", "decode"} <= set(stages), stages
    assert 0 < traced["ttft_ms"] <= traced["total_ms"], traced
    for stage in traced["stages"]:
        assert 0 <= stage["from_ms"] <= stage["to_ms"] <= traced["total_ms"] + 1, stage
    pairs = shell.json(f"router explain {request}")["pairs"]
    assert len([p for p in pairs if p["chosen"]]) == 1, pairs
    imagined = shell.json(f'router explain --prompt "{QUESTION}"')
    assert imagined["prompt_tokens"] == told["prompt_tokens"], imagined
    best = min(imagined["pairs"], key=lambda p: p["cost_ms"])
    assert best["chosen"] and best["new_tokens"] < told["prompt_tokens"], imagined
    found = {p["node"]: p for p in shell.json(f'cache find "{QUESTION}"')["pools"]}
    cacheable = (told["prompt_tokens"] - 1) // 16  # The last token is always computed.
    assert found["decode-1"]["blocks"] == cacheable > 0, found
    pools = {p["node"]: p for p in shell.json("cache stats")["pools"]}
    assert pools["decode-1"]["blocks"] >= found["decode-1"]["blocks"], pools


def check_life(shell, cluster):
    refused = shell.run("kill decode-1")
    assert refused.returncode == 1 and "read-only" in refused.stderr, refused
    unasked = shell.run("kill decode-1", "--write", text="")
    assert unasked.returncode == 1 and "--yes" in unasked.stderr, unasked
    assert cluster.pid_of("decode-1") == cluster.pids["decode-1"]
    grown = shell.json("scale decode 2", "--write", "--yes")["orders"]
    assert [o["slot"] for o in grown] == ["decode-2"], grown
    wait_for(lambda: ("decode-2", "decode") in cluster.facts(), "decode-2")
    shrunk = shell.json("scale decode 1", "--write", "--yes")["orders"]
    assert [(o["slot"], o["run"]) for o in shrunk] == [("decode-2", False)], shrunk
    wait_for(lambda: cluster.pid_of("decode-2") is None, "end of decode-2")
    old = cluster.pid_of("decode-1")
    shell.json("restart decode-1", "--write", "--yes")
    wait_for(lambda: cluster.pid_of("decode-1") not in (None, old), "decode-1 again")
    slots = {s["slot"]: s for s in shell.json("plan show")["slots"]}
    assert slots["decode-1"]["restarts"] == 0, slots  # In good order is no death.


def check_traces(shell):
    """A trace ends by itself, and its last object is the summary."""
    began = time.monotonic()
    got = shell.run("trace router@gateway-1 --msgs --rate 50/s --for 1s", "-o", "json")
    lines = [json.loads(line) for line in got.stdout.splitlines()]
    assert got.returncode == 0 and 0.9 < time.monotonic() - began < 5, got
    assert lines[-1]["actor"] == "router@gateway-1", lines
    assert lines[-1]["lines"] == len(lines) - 1, lines
    for line in lines[:-1]:
        assert line["way"] in ("in", "out") and 0 <= line["at_ms"] <= 1000, line
    for flags in ["--rate 0", "--rate 5000", "--for 100000"]:
        refused = shell.run(f"trace router@gateway-1 --msgs {flags}")
        assert refused.returncode == 2, (flags, refused)


def check_recordings(shell, cluster, directory):
    """What was kept is shown again, all of it or what holds a text, and a bad file is refused."""
    path = os.path.join(directory, "seen.jsonl")
    recorder = subprocess.Popen(
        [*shell.words, "-c", f"record gateway@gateway-1 {path} --rate 100/s --for 1.5s", "-o",
         "json"], stdout=subprocess.PIPE, text=True)
    time.sleep(0.5)  # It may take a moment to join.
    while recorder.poll() is None:
        assert cluster.post({"messages": user(QUESTION), "max_tokens": 12})[0] == 200
    kept = json.loads(recorder.stdout.read())
    assert recorder.returncode == 0 and kept["lines"] > 10 and kept["ended"] == "time", kept
    with open(path, encoding="ascii") as file:
        lines = [json.loads(x) for x in file]
    assert lines[0]["recording"] == 1 and lines[0]["actor"] == "gateway@gateway-1", lines[0]
    assert lines[0]["cluster"] == cluster.name and lines[0]["version"].startswith("troupe "), lines
    assert lines[0]["rate_per_s"] == 100 and lines[0]["begun"].endswith(" UTC"), lines[0]
    assert lines[-1] == {"ended": "time", "lines": len(lines) - 2, "skipped": kept["skipped"],
                         "lasted_ms": lines[-1]["lasted_ms"]} and kept["lines"] == len(lines) - 2
    assert os.stat(path).st_mode & 0o77 == 0, "others may read what users wrote"

    def replay(words=""):
        got = shell.run(f"replay {path} {words}", "-o", "json")
        assert got.returncode == 0, got
        told = [json.loads(x) for x in got.stdout.splitlines()]
        assert told[-1]["shown"] == len(told) - 2 and told[-1]["lines"] == kept["lines"], told[-1]
        return told[1:-1]
    assert replay() == lines[1:-1]
    late = os.path.join(directory, "late.jsonl")
    with open(late, "w", encoding="ascii") as out:
        for line in (lines[0], {**lines[1], "at_ms": 100_000}):
            out.write(json.dumps(line) + "\n")
    began = time.monotonic()
    assert "1 of 1 messages shown; the recording was cut short" in shell.run(f"replay {late}").stdout
    assert time.monotonic() - began < 50, "nobody watches: it needs no time"
    began = time.monotonic()
    assert replay("--speed 1") == lines[1:-1]
    assert time.monotonic() - began > lines[-2]["at_ms"] / 1000
    some = [x for x in lines[1:-1] if "tokens{" in x["text"]]
    assert 0 < len(some) < kept["lines"] and replay("'tokens{'") == some
    cut = os.path.join(directory, "cut.jsonl")
    with open(path, "rb") as whole, open(cut, "wb") as out:
        out.write(whole.read()[:-40])
    torn = shell.run(f"replay {cut}")
    assert torn.returncode == 2 and f"{cut}:{len(lines)}: " in torn.stderr and not torn.stdout, torn
    for words in [f"record gateway@gateway-1 {cluster.file}", f"record gateway@gateway-1 {directory}",
                  f"replay {cluster.file}", f"replay {directory}"]:
        refused = shell.run(words)
        assert refused.returncode != 0 and "error: " in refused.stderr, (words, refused)
    with open(cluster.file, encoding="utf-8") as file:
        assert file.read().startswith("name: "), "a recording took the place of another file"


def check_slo(shell, cluster):
    """The same figures as `reqs` tells one by one."""
    for tokens in (1, 12, 40):
        assert cluster.post({"messages": user(QUESTION), "max_tokens": tokens})[0] == 200
    reqs = shell.json("reqs")["requests"]
    told = shell.json("slo --ttft 60s --tpot 60s")
    (row, whole) = told["models"]
    assert row["model"] == cluster.model and whole["model"] == "(all)", told
    assert row["requests"] == len(reqs) == whole["requests"], (told, len(reqs))
    ended = [r for r in reqs if r["state"] != "open"]
    assert row["completed"] == len([r for r in ended if r["state"] == "completed"]), told
    ttft = sorted(r["ttft_ms"] for r in ended if r["ttft_ms"])
    assert abs(row["ttft_p50_ms"] - ttft[(len(ttft) + 1) // 2 - 1]) < 0.01, (row, ttft)
    assert ttft[0] <= row["ttft_p50_ms"] <= row["ttft_p95_ms"] <= row["ttft_p99_ms"] <= ttft[-1]
    assert 0 < row["tpot_p50_ms"] <= row["tpot_p95_ms"], row
    assert row["within_percent"] == 100 * row["completed"] / len(ended), row
    assert shell.json("slo --ttft 1ms --tpot 60s")["models"][0]["within_percent"] < 100
    assert shell.json(f"slo {cluster.model}")["ttft_objective_ms"] == 2000
    assert shell.run("slo nothing").returncode == 1
    assert shell.run("slo --ttft 0").returncode == 2


def check_load(shell, cluster):
    """What waits is told without taking it out; a profile ends by itself and knows the kinds."""
    mail = shell.json("mail gateway@gateway-1")
    kinds = {k["kind"]: k for k in mail["kinds"]}
    assert kinds["placement"]["handled"] > 0 and kinds["tokens"]["handled"] > 0, mail
    assert mail["waiting"] == 0 and mail["actor"] == "gateway@gateway-1", mail
    profiled = subprocess.Popen([*shell.words, "-c", "profile gateway@gateway-1 1.5s", "-o", "json"],
                                stdout=subprocess.PIPE, text=True)
    time.sleep(0.7)  # It may take a moment to join.
    while profiled.poll() is None:
        status, answer = cluster.post({"messages": user(QUESTION), "max_tokens": 12})
        assert status == 200, answer
    seen = json.loads(profiled.stdout.read())
    assert profiled.returncode == 0 and 1500 <= seen["lasted_ms"] < 3000, seen
    kinds = {k["kind"]: k for k in seen["kinds"]}
    for kind in ["placement", "tokens", "posted"]:
        assert kinds[kind]["count"] > 0 and 0 < kinds[kind]["mean_us"] <= kinds[kind]["max_us"], seen
    assert 0 < seen["busy_percent"] < 100, seen
    assert abs(sum(k["share_percent"] for k in seen["kinds"]) - seen["busy_percent"]) < 0.1, seen
    for time_of in ["0", "1h", "700s"]:
        refused = shell.run(f"profile gateway@gateway-1 {time_of}")
        assert refused.returncode == 2, refused


def check_codes(shell, cluster):
    for command, code in [("pss", 2), ("ps --nothing", 2), ("info", 2), ("'", 2),
                          ("info nobody", 1), ("trace chatcmpl-" + "0" * 31 + "1", 1),
                          ("router explain 0", 2),
                          ("describe nothing", 1), ("nodes | exit 7", 7), ("", 0), ("# x", 0)]:
        got = shell.run(command, text="")
        assert got.returncode == code, (command, got)
    wrong = subprocess.run([cluster.troupe, "shell", "--connect", "127.0.0.1:9", "-c", "ps"],
                           capture_output=True, text=True, timeout=30, check=False)
    assert wrong.returncode == 3 and "127.0.0.1:9" in wrong.stderr, wrong
    script = shell.run(None, text="models\n\ninfo nobody\nping router -n 1\nexit\npss\n")
    assert script.returncode == 1 and "SERVED-BY" in script.stdout, script
    assert "router@gateway-1" in script.stdout and "pss" not in script.stderr, script


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory, NODES) as cluster:
        shell = Shell(cluster)
        check_looks(shell, cluster)
        check_talk(shell)
        check_requests(shell, cluster)
        check_traces(shell)
        check_recordings(shell, cluster, directory)
        check_slo(shell, cluster)
        check_load(shell, cluster)
        check_life(shell, cluster)
        check_codes(shell, cluster)
    print("shell -c answers programs in JSON, with the promised exit codes")


main()
