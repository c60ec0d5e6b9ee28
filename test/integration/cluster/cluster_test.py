#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A whole cluster of processes: deaths of every kind of worker, and reuse of prefixes.

cluster_test.py TROUPE MODEL_DIRECTORY
"""

import os
import pathlib
import signal
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, content, user, wait_for  # noqa: E402

STREAMS = 32
STARTS = 5
REPLACED_WITHIN_S = 2
PREFIX_TOKENS = 1500
ENDING_TOKENS = 5  # of the chat template behind the last message


class Streams:
    """Long streams, half greedy and half seeded, all under way at once."""

    def __init__(self, cluster):
        self.cluster, self.texts = cluster, {}
        self.started = threading.Semaphore(0)
        self.threads = [threading.Thread(target=self.one, args=(i,)) for i in range(STREAMS)]
        for thread in self.threads:
            thread.start()

    def one(self, i):
        text, is_started = "", False
        for _, event in self.cluster.stream(
                {"messages": user(f"Tell me of the {i} rivers."), "max_tokens": 900,
                 "temperature": i % 2, "seed": i, "troupe": {"ignore_eos": True}}):
            text += content(event)
            if text and not is_started:
                is_started = True
                self.started.release()
        self.texts[i] = text

    def wait_until_running(self):
        for _ in range(STREAMS):
            assert self.started.acquire(timeout=30), "a stream did not begin"

    def running(self):
        return STREAMS - len(self.texts)

    def end(self):
        for thread in self.threads:
            thread.join()
        return self.texts


def serves(cluster, name, old):
    """Whether the replacement of that worker answers a request that only it may serve."""
    if cluster.pid_of(name) in (None, old):
        return False
    role = name.split("-")[0]
    if role == "cache":
        return (name, "cache") in cluster.facts()
    status, _ = cluster.post({"messages": user("Hello!"), "max_tokens": 2,
                              "troupe": {f"{role}_worker": name}})
    return status == 200


def all_running(cluster):
    """Streams of which none has ended when the last begins: a busy machine may need a few goes."""
    for _ in range(STARTS):
        streams = Streams(cluster)
        streams.wait_until_running()
        if streams.running() == STREAMS:
            return streams
        streams.end()
    raise AssertionError(f"{STARTS} times streams had ended before the last of them began")


def check_kills(cluster):
    undisturbed = Streams(cluster).end()
    assert len(undisturbed) == STREAMS and all(undisturbed.values())
    for name in ["decode-1", "decode-2", "prefill-1", "prefill-2", "cache-1"]:
        old, streams = cluster.pid_of(name), all_running(cluster)
        open_streams = streams.running()
        os.kill(old, signal.SIGKILL)
        began = time.monotonic()
        wait_for(lambda: serves(cluster, name, old), f"replacement of {name}", 10)
        took = time.monotonic() - began
        texts = streams.end()
        wrong = [i for i in undisturbed if texts.get(i) != undisturbed[i]]
        print(f"killed {name} with {open_streams} of {STREAMS} streams running: "
              f"{STREAMS - len(wrong)} texts equal; a replacement serves after {took:.2f} s")
        assert not wrong, f"{name} killed: streams {wrong} differ"
        assert took <= REPLACED_WITHIN_S, f"the replacement of {name} took {took:.2f} s"


def timed(cluster, body):
    """(milliseconds to the first token, usage) of a streamed answer."""
    began, first, usage = time.monotonic(), None, None
    for at, event in cluster.stream({**body, "stream_options": {"include_usage": True}}):
        first = first or (at if content(event) else None)
        usage = event.get("usage") or usage
    return (first - began) * 1000, usage


def prefix_of(cluster, prefill, decode):
    """A text of PREFIX_TOKENS tokens with the template's, of those two names' own."""
    text = f"{prefill} {decode} " + "The old river runs to the sea. " * 134
    while True:
        used = cluster.chat({"messages": user("x" + text), "max_tokens": 1})["usage"]
        missing = PREFIX_TOKENS - (used["prompt_tokens"] - 1 - ENDING_TOKENS)
        if missing == 0:
            return text
        assert missing > 0, f"{-missing} tokens too many"
        text += " 7" if missing > 1 else "7"


def check_prefixes(cluster):
    for prefill in ["prefill-1", "prefill-2"]:
        for decode in ["decode-1", "decode-2"]:
            place = {"prefill_worker": prefill, "decode_worker": decode, "prefill": "remote"}
            ask = {"max_tokens": 8, "troupe": {**place, "ignore_eos": True}}
            text = prefix_of(cluster, prefill, decode)
            first_ms, first = timed(cluster, {"messages": user(text), **ask})
            assert first["prompt_tokens_details"]["cached_tokens"] < 100, first
            again_ms, again = timed(cluster, {"messages": user(text + " And then?"), **ask})
            prefix = first["prompt_tokens"] - ENDING_TOKENS
            cached = again["prompt_tokens_details"]["cached_tokens"]
            suffix, computed = again["prompt_tokens"] - prefix, again["prompt_tokens"] - cached
            print(f"{prefill} -> {decode}: {cached} of {prefix} + {suffix} prompt tokens cached, "
                  f"{computed} computed; TTFT {first_ms:.1f} ms, then {again_ms:.1f} ms")
            assert prefix == PREFIX_TOKENS, f"the prefix has {prefix} tokens"
            assert cached >= PREFIX_TOKENS - 12 and computed <= 12 + suffix, again


def main():
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(sys.argv[1], os.path.abspath(sys.argv[2]), directory) as cluster:
        answer = cluster.text({"messages": user("What is the capital of France?"),
                               "temperature": 0})
        assert answer == "The capital of France is Paris.", answer
        check_kills(cluster)
        check_prefixes(cluster)


main()
