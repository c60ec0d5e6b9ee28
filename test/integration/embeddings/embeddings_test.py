#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""POST /v1/embeddings over HTTP: the same bits in any company and on any threads, transformers'
numbers, refusals; in one process, and in a cluster whose workers are killed.

embeddings_test.py TROUPE MODEL_DIRECTORY
"""

import base64
import concurrent.futures
import contextlib
import http.client
import json
import math
import os
import pathlib
import shutil
import signal
import struct
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, Server, user, wait_for  # noqa: E402

TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
GOLDEN = pathlib.Path(__file__).with_name("golden.json")
HIDDEN = 256
FRANCE = "The capital of France is"
LONG = " ".join(f"item {n}" for n in range(300))  # Several steps of the engine.


def embed(api, texts, **fields):
    status, answer = api.post({"input": texts, **fields}, "/v1/embeddings")
    assert status == 200, (status, answer)
    assert answer["object"] == "list" and answer["model"] == api.model, answer
    assert [x["index"] for x in answer["data"]] == list(range(len(answer["data"]))), answer
    assert all(x["object"] == "embedding" for x in answer["data"]), answer
    usage = answer["usage"]
    assert usage["prompt_tokens"] == usage["total_tokens"] > 0, usage
    return answer


def vectors(api, texts, **fields):
    """By bits, as base64 tells them."""
    data = embed(api, texts, encoding_format="base64", **fields)["data"]
    return [x["embedding"] for x in data]


def numbers(bits):
    raw = base64.b64decode(bits, validate=True)
    return struct.unpack(f"<{len(raw) // 4}f", raw)


def refused(api, fields, status=400):
    got, answer = api.post(fields, "/v1/embeddings")
    assert got == status, (got, answer)
    return answer["error"]["param"]


def length(vector):
    return math.sqrt(sum(x * x for x in vector))


def dot(a, b):
    return sum(x * y for x, y in zip(a, b))


def check_shapes(api):
    one = embed(api, FRANCE)
    plain = one["data"][0]["embedding"]
    assert len(plain) == HIDDEN and abs(length(plain) - 1) < 1e-6, length(plain)
    packed, = vectors(api, FRANCE)
    assert list(numbers(packed)) == [struct.unpack("<f", struct.pack("<f", x))[0] for x in plain]

    for pooling in ("mean", "last"):
        whole = numbers(vectors(api, FRANCE, pooling=pooling)[0])
        cut = numbers(vectors(api, FRANCE, pooling=pooling, dimensions=10)[0])
        assert len(cut) == 10 and abs(length(cut) - 1) < 1e-6, cut
        kept = length(whole[:10])
        assert all(abs(a - b / kept) < 1e-6 for a, b in zip(cut, whole)), (cut, whole[:10])
    assert vectors(api, FRANCE, pooling="mean") != vectors(api, FRANCE, pooling="last")
    assert vectors(api, FRANCE) == vectors(api, FRANCE, pooling="last")  # tiny says nothing.

    both = vectors(api, ["Paris", FRANCE])
    assert both == vectors(api, "Paris") + vectors(api, FRANCE)
    assert vectors(api, [[5, 6, 7], [8]]) == vectors(api, [5, 6, 7]) + vectors(api, [8])
    assert embed(api, [[5, 6, 7], [8]])["usage"]["total_tokens"] == 4


def check_golden(api, limit):
    """Against transformers' hidden states in fp32; made by scripts/golden_embeddings.py."""
    for told in json.loads(GOLDEN.read_text(encoding="utf-8"))["texts"]:
        for pooling in ("mean", "last"):
            got = numbers(vectors(api, told["tokens"], pooling=pooling)[0])
            worst = max(abs(a - b) for a, b in zip(got, told[pooling]))
            assert len(got) == len(told[pooling]) == HIDDEN and worst < limit, (pooling, worst)
        text, = vectors(api, told["text"], pooling="last")
        assert text == vectors(api, told["tokens"], pooling="last")[0], told["text"]


def check_refusals(api):
    cases = [({}, "input"), ({"input": []}, "input"), ({"input": ["a", "b", "c", ""]}, "input[3]"),
             ({"input": [[1], [1536]]}, "input[1]"), ({"input": "a " * 3000}, "input"),
             ({"input": ["a", "a " * 3000]}, "input[1]"),
             ({"input": "a", "dimensions": HIDDEN + 1}, "dimensions"),
             ({"input": "a", "dimensions": 0}, "dimensions"),
             ({"input": "a", "pooling": "cls"}, "pooling"),
             ({"input": "a", "encoding_format": "hex"}, "encoding_format")]
    for fields, param in cases:
        assert refused(api, fields) == param, (fields, param)
    assert refused(api, {"input": ["a"] * 2049}) == "input"
    assert refused(api, {"input": "a", "model": "other"}, 404) == "model"


def check_company(api):
    """Bits do not depend on who else is computed, nor on what is cached."""
    texts = [LONG, FRANCE, *(f"Text number {n}. " * (1 + n % 7) for n in range(198))]
    asked = {"pooling": "mean"}
    alone = [vectors(api, text, **asked)[0] for text in texts[:12]]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        chats = [pool.submit(api.text, {"messages": user(LONG + " " + FRANCE), "max_tokens": 40,
                                        "temperature": 0}) for _ in range(3)]
        together = vectors(api, texts, **asked)
        said = {chat.result() for chat in chats}
    assert together[:12] == alone and len(set(together)) == len(texts)
    assert len(said) == 1, said
    assert said == {api.text({"messages": user(LONG + " " + FRANCE), "max_tokens": 40,
                              "temperature": 0})}, "embeddings changed an answer"
    assert vectors(api, texts[:3], **asked) == alone[:3]
    return together


def check_many(api):
    texts = [f"{n}" for n in range(2048)]
    answer = embed(api, texts, dimensions=3)
    assert len(answer["data"]) == 2048
    last, = vectors(api, texts[-1], dimensions=3)
    assert numbers(last) == tuple(struct.unpack("<f", struct.pack("<f", x))[0]
                                  for x in answer["data"][-1]["embedding"])


def check_leaving(api, is_idle):
    """Who hangs up is computed no more."""
    connection = http.client.HTTPConnection("127.0.0.1", api.http, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/embeddings",
                           json.dumps({"model": api.model, "input": [LONG] * 150}),
                           {"Content-Type": "application/json"})
        wait_for(lambda: not is_idle(), "stream at a worker")
    wait_for(is_idle, "end of all streams", 2)


def check_pooling_of_model(directory):
    copy = os.path.join(directory, "pooled")
    shutil.copytree(MODEL, copy)
    os.mkdir(os.path.join(copy, "1_Pooling"))
    with open(os.path.join(copy, "1_Pooling", "config.json"), "w", encoding="utf-8") as out:
        json.dump({"word_embedding_dimension": HIDDEN, "pooling_mode_cls_token": False,
                   "pooling_mode_mean_tokens": True, "pooling_mode_lasttoken": False}, out)
    with Server(TROUPE, copy, "--threads", "2") as server:
        server.wait_until_served()
        assert vectors(server, FRANCE) == vectors(server, FRANCE, pooling="mean")
        return vectors(server, [LONG, FRANCE])


def check_killed(cluster, expected):
    """A worker that dies over them changes no bit."""
    texts = [f"{LONG} {n}" for n in range(24)]
    calm = vectors(cluster, texts, pooling="mean")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        asked = pool.submit(vectors, cluster, texts, pooling="mean")
        busy = wait_for(lambda: [n for n in ("decode-1", "decode-2")
                                 if cluster.facts().get((n, "decode"), {}).get("streams", "0")
                                 != "0"], "busy worker")
        assert not asked.done(), "too quick to be disturbed"
        os.kill(cluster.pid_of(busy[0]), signal.SIGKILL)
        assert asked.result() == calm
    assert vectors(cluster, [LONG, FRANCE], pooling="mean") == expected


def main():
    with Server(TROUPE, MODEL, "--weights-f32") as server:
        server.wait_until_served()
        check_golden(server, 1e-5)
    with Server(TROUPE, MODEL) as server:
        server.wait_until_served()
        check_shapes(server)
        check_golden(server, 2e-3)  # Activations are rounded to bf16.
        check_refusals(server)
        bits = check_company(server)[:2]
        check_many(server)
    with tempfile.TemporaryDirectory() as directory:
        assert check_pooling_of_model(directory) == bits, "threads change bits"
        with Cluster(TROUPE, MODEL, directory) as cluster:
            check_shapes(cluster)
            check_killed(cluster, bits)

            def is_idle():
                facts = cluster.facts()
                return all(facts.get((name, "decode"), {}).get("streams", "0") == "0"
                           for name in ("decode-1", "decode-2"))

            wait_for(is_idle, "end of all streams")
            check_leaving(cluster, is_idle)
    print("embeddings are the same in any company, and outlive their workers")


if __name__ == "__main__":
    main()
