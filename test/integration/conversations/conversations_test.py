#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The recorded conversations of models/tiny: transformers, `troupe serve` and a cluster with remote
prefill answer alike; with a seed and a temperature, serve and cluster do.

conversations_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, Server  # noqa: E402

TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])


def with_argument_strings(messages):
    """The API's spelling of tool calls: arguments are JSON in a string."""
    out = json.loads(json.dumps(messages))
    for message in out:
        for i, call in enumerate(message.get("tool_calls") or []):
            function = call.get("function", call)
            if not isinstance(function["arguments"], str):
                function["arguments"] = json.dumps(function["arguments"])
            message["tool_calls"][i] = {"id": call.get("id", f"call_{i}"), "type": "function",
                                        "function": function}
        if message["role"] == "tool":
            message.setdefault("tool_call_id", "call_0")
    return out


def said(answer):
    """Text, and tool calls by name and parsed arguments."""
    choice = answer["choices"][0]
    message = choice["message"]
    calls = [(c["function"]["name"], json.loads(c["function"]["arguments"]))
             for c in message.get("tool_calls") or []]
    return (message.get("content") or ""), calls


def recorded(conversation):
    text, calls = conversation["answer"], []
    while "<tool_call>" in text:
        before, rest = text.split("<tool_call>", 1)
        call, after = rest.split("</tool_call>", 1)
        call = json.loads(call)
        calls.append((call["name"], call["arguments"]))
        text = before + after
    return text.strip() if calls else text, calls


def ask(api, conversation, **how):
    body = {"messages": with_argument_strings(conversation["messages"]),
            "max_tokens": max(len(conversation["answer_ids"]) + 4, 32), **how}
    if conversation["tools"]:
        body["tools"] = conversation["tools"]
    return said(api.chat(body))


def main():
    with open(os.path.join(MODEL, "references.json"), encoding="utf-8") as file:
        conversations = json.load(file)["conversations"]
    sampled = {"temperature": 0.9, "top_p": 0.95}
    remote = {"troupe": {"prefill": "remote"}}
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(TROUPE, MODEL, directory) as cluster, Server(TROUPE, MODEL) as server:
        wrong, drawn = [], set()
        for i, one in enumerate(conversations):
            want = recorded(one)
            for name, got in [("serve", ask(server, one, temperature=0)),
                              ("cluster", ask(cluster, one, temperature=0, **remote))]:
                if got != want:
                    wrong.append((i, name, got, want))
            here = ask(server, one, seed=i, **sampled)
            there = ask(cluster, one, seed=i, **sampled, **remote)
            drawn.add(here[0])
            if here != there:
                wrong.append((i, "seeded", here, there))
        moved = sum(int(facts["prefill_tokens_per_s"].split(".")[0]) > 0
                    for (name, _), facts in cluster.facts().items() if name.startswith("prefill"))
    assert not wrong, (len(wrong), wrong[:2])
    assert len(conversations) == 30 and moved == 2 and len(drawn) > 10
    print(f"{len(conversations)} greedy answers: transformers = serve = cluster (prefill by both "
          "prefill workers); 30 seeded ones: serve = cluster")


main()
