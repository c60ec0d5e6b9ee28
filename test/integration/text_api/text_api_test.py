#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Over HTTP: completions, log probabilities of prompts, and every field of sampling shows in the
answer; in one process, and in a cluster whose workers are killed.

text_api_test.py TROUPE MODEL_DIRECTORY
"""

import contextlib
import http.client
import json
import math
import os
import pathlib
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, Server, user  # noqa: E402

TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
FRANCE = "The capital of France is"
COUNT = user("Count from one to ten.")
WIRE_ERROR = 1e-5  # Log probabilities are fp32.


def complete(api, **fields):
    status, answer = api.post({"temperature": 0, **fields}, "/v1/completions")
    assert status == 200, (status, answer)
    return answer


def refused(api, path, **fields):
    status, answer = api.post(fields, path)
    assert status == 400, (status, answer)
    return answer["error"]["param"]


def events_of(api, **fields):
    connection = http.client.HTTPConnection("127.0.0.1", api.http, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/completions",
                           json.dumps({"model": api.model, "stream": True, "temperature": 0,
                                       **fields}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        assert answer.status == 200, answer.read()
        lines = [x[6:].strip() for x in answer if x.startswith(b"data: ")]
    assert lines[-1] == b"[DONE]", lines[-1]
    return [json.loads(x) for x in lines[:-1]]


def choice(api, **fields):
    return api.chat({"messages": COUNT, "temperature": 0, "max_tokens": 12, **fields})["choices"][0]


def tokens_of(told):
    return [x["token"] for x in told["logprobs"]["content"]]


def check_completions(api):
    one = complete(api, prompt=FRANCE, max_tokens=5)
    assert one["object"] == "text_completion" and one["id"].startswith("cmpl-"), one
    text = one["choices"][0]["text"]
    assert text == " Paris.", one
    assert one["choices"][0]["finish_reason"] == "length", one
    assert one["usage"]["completion_tokens"] == 5, one
    assert complete(api, prompt=FRANCE)["usage"]["completion_tokens"] <= 16

    # Lists are answered as each alone, numbered by prompt and then by choice.
    other = complete(api, prompt="Hello", max_tokens=5)["choices"][0]["text"]
    both = complete(api, prompt=[FRANCE, "Hello"], n=2, max_tokens=5)
    assert [c["index"] for c in both["choices"]] == [0, 1, 2, 3], both
    assert [c["text"] for c in both["choices"]] == [text, text, other, other], both
    assert both["usage"]["completion_tokens"] == 20, both

    events = events_of(api, prompt=FRANCE, max_tokens=5, echo=True,
                       stream_options={"include_usage": True})
    assert "".join(c["text"] for e in events for c in e["choices"]) == FRANCE + text, events
    assert events[-1]["choices"] == [] and events[-1]["usage"]["completion_tokens"] == 5, events
    assert events[-2]["choices"][0]["finish_reason"] == "length", events
    stopped = complete(api, prompt=FRANCE, stop=["."])["choices"][0]
    assert (stopped["text"], stopped["finish_reason"]) == (" Paris", "stop"), stopped

    warm = {"prompt": "Once", "temperature": 1.5, "top_p": 1, "top_k": -1, "seed": 7}
    assert complete(api, **warm)["choices"] == complete(api, **warm)["choices"]
    for fields, param in [({"prompt": FRANCE, "suffix": "."}, "suffix"),
                          ({"prompt": [[1], [99999]]}, "prompt[1]"),
                          ({"prompt": FRANCE, "max_tokens": 0}, "max_tokens"),
                          ({"prompt": ["a"] * 129}, "prompt"), ({}, "prompt")]:
        assert refused(api, "/v1/completions", **fields) == param, (fields, param)


def check_scores(api):
    told = complete(api, prompt=FRANCE, max_tokens=2, echo=True, logprobs=2)["choices"][0]
    lists = told["logprobs"]
    count = len(lists["tokens"])
    assert all(len(x) == count for x in lists.values()), lists
    assert "".join(lists["tokens"]) == told["text"], told
    assert lists["token_logprobs"][0] is None and lists["top_logprobs"][0] is None, lists
    for at in range(1, count):
        assert lists["text_offset"][at] == len("".join(lists["tokens"][:at])), lists
        assert lists["token_logprobs"][at] <= 0, lists
        assert lists["top_logprobs"][at][lists["tokens"][at]] == lists["token_logprobs"][at]
    again = complete(api, prompt=FRANCE, max_tokens=2, echo=True, logprobs=2)
    assert again["choices"][0] == told, "what is cached changes scores"
    assert again["usage"]["prompt_tokens_details"]["cached_tokens"] == 0, again

    # The score of a prompt is what an answer of the same tokens was told: by both ways of asking.
    whole = complete(api, prompt=told["text"], max_tokens=0, echo=True, logprobs=0)["choices"][0]
    assert whole["text"] == told["text"] and whole["finish_reason"] == "length", whole
    for a, b in zip(whole["logprobs"]["token_logprobs"][1:], lists["token_logprobs"][1:]):
        assert math.isclose(a, b, abs_tol=WIRE_ERROR), (a, b)
    listed = complete(api, prompt=told["text"], max_tokens=1, prompt_logprobs=1)["choices"][0]
    rows = listed["prompt_logprobs"]
    assert rows[0] is None and len(rows) == count, rows
    for row, expected in zip(rows[1:], whole["logprobs"]["token_logprobs"][1:]):
        assert next(iter(row.values()))["logprob"] == expected, (row, expected)
        assert any(x["rank"] == 1 for x in row.values()), row
        assert len(row) <= 2, row

    events = events_of(api, prompt=FRANCE, max_tokens=2, echo=True, logprobs=2)
    parts = [c["logprobs"] for e in events for c in e["choices"] if c["logprobs"]]
    for name, items in lists.items():
        assert [x for part in parts for x in part[name]] == items, name
    chat = api.chat({"messages": COUNT, "max_tokens": 1, "prompt_logprobs": 0, "n": 2})
    assert len(chat["prompt_logprobs"]) == chat["usage"]["prompt_tokens"], chat
    assert refused(api, "/v1/chat/completions", messages=COUNT, prompt_logprobs=1,
                   stream=True) == "prompt_logprobs"


def check_sampling(api):
    plain = choice(api, logprobs=True, top_logprobs=5)
    items = plain["logprobs"]["content"]
    for item in items:
        assert len(item["top_logprobs"]) == 5, item
        assert item["top_logprobs"][0]["logprob"] == item["logprob"], item  # Greedy.
        assert bytes(item["bytes"]).decode() == item["token"], item
    first = tokens_of(plain)[0]
    likely = {x["token"]: x["logprob"] for x in items[0]["top_logprobs"]}
    ids = dict(zip((x for x in likely), ids_of(api, likely)))

    second = next(x for x in likely if x != first)
    only = choice(api, logprobs=True, allowed_token_ids=[ids[second]], max_tokens=3)
    assert set(tokens_of(only)) == {second}, only
    banned = choice(api, logprobs=True, banned_token_ids=[ids[first]])
    assert first not in tokens_of(banned) and banned != plain, banned
    biased = choice(api, logprobs=True, logit_bias={str(ids[second]): 100}, max_tokens=3)
    assert tokens_of(biased) == [second] * 3, biased

    # What is said again under a bias is said less often under a penalty.
    def repeats(bias, **penalty):
        told = choice(api, logit_bias={str(ids[second]): bias}, logprobs=True, max_tokens=12, **penalty)
        return tokens_of(told).count(second)

    for penalty in ({"presence_penalty": 2}, {"frequency_penalty": 2}, {"repetition_penalty": 10}):
        assert any(repeats(bias, **penalty) < repeats(bias) for bias in range(4, 17)), penalty

    # min_p 1 leaves the likeliest alone, whatever the temperature.
    hot = {"temperature": 2, "top_p": 1, "top_k": -1}
    greedy = plain["message"]["content"]
    seeds = range(40)
    assert all(choice(api, **hot, seed=s, min_p=1)["message"]["content"] == greedy for s in seeds)
    other = next(s for s in seeds if choice(api, **hot, seed=s)["message"]["content"] != greedy)

    short = api.chat({"messages": user("What is the capital of France?"), "temperature": 0})
    length = short["usage"]["completion_tokens"]
    assert short["choices"][0]["finish_reason"] == "stop", short
    longer = api.chat({"messages": user("What is the capital of France?"), "temperature": 0,
                       "min_tokens": length + 5})
    assert longer["usage"]["completion_tokens"] >= length + 5, longer

    many = api.chat({"messages": COUNT, **hot, "seed": other, "n": 4, "max_tokens": 12})
    texts = [c["message"]["content"] for c in many["choices"]]
    assert len(set(texts)) > 1 and [c["index"] for c in many["choices"]] == [0, 1, 2, 3], many


def ids_of(api, tokens):
    """By what `prompt_logprobs` calls them: a prompt that is one token after another."""
    for token in tokens:
        rows = complete(api, prompt="x" + token, max_tokens=1, prompt_logprobs=0)["choices"][0]
        last = rows["prompt_logprobs"][-1]
        (number, item), = last.items()
        assert item["decoded_token"] == token, (token, item)
        yield int(number)


def check_killed(cluster):
    """Scores and texts of prompts are the same though the worker that makes them dies."""
    asked = {"prompt": [FRANCE + " Paris. " * 60, "Hello " * 200], "max_tokens": 60, "echo": True,
             "logprobs": 1}
    expected = complete(cluster, **asked)
    connection = http.client.HTTPConnection("127.0.0.1", cluster.http, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/completions",
                           json.dumps({"model": cluster.model, "stream": True, "temperature": 0,
                                       **asked}), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        got = {c["index"]: {"text": "", "token_logprobs": []} for c in expected["choices"]}
        killed = False
        for line in answer:
            if not line.startswith(b"data: {"):
                continue
            for part in json.loads(line[6:])["choices"]:
                got[part["index"]]["text"] += part["text"]
                if part["logprobs"]:
                    got[part["index"]]["token_logprobs"] += part["logprobs"]["token_logprobs"]
            if not killed:
                killed = True
                for name in ("decode-1", "decode-2"):
                    if cluster.facts()[(name, "decode")]["streams"] != "0":
                        os.kill(cluster.pid_of(name), signal.SIGKILL)
                        break
    for told in expected["choices"]:
        assert got[told["index"]]["text"] == told["text"], (got, told)
        assert (got[told["index"]]["token_logprobs"]
                == told["logprobs"]["token_logprobs"]), told["index"]


def main():
    with Server(TROUPE, MODEL) as server:
        server.wait_until_served()
        check_completions(server)
        check_scores(server)
        check_sampling(server)
    with tempfile.TemporaryDirectory() as directory:
        with Cluster(TROUPE, MODEL, directory) as cluster:
            check_completions(cluster)
            check_scores(cluster)
            check_killed(cluster)
    print("completions, scores of prompts and sampling show in the answers")


if __name__ == "__main__":
    main()
