#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What `troupe serve` counts of its requests, as Prometheus would scrape it.

metrics_test.py TROUPE MODEL_DIRECTORY. Free ports and a private run directory; ends what it starts.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
import urllib.request


def ask(url, body=None):
    data = None if body is None else json.dumps(body).encode()
    with urllib.request.urlopen(urllib.request.Request(url, data), timeout=30) as got:
        return got.read().decode()


def scrape(admin):
    """Series without the label `node`, by name and other labels."""
    found = {}
    for line in ask(f"http://127.0.0.1:{admin}/metrics").splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)\{(.*)\} (\S+)", line).groups()
            others = [one for one in labels.split(",") if not one.startswith("node=")]
            found[name + "".join("{" + one + "}" for one in others)] = float(value)
    return found


def expect(seen, wanted):
    wrong = {name: seen.get(name) for name, value in wanted.items() if seen.get(name) != value}
    assert not wrong, f"wrong: {wrong}, wanted: { {name: wanted[name] for name in wrong} }"


def settled(admin):
    """The worker's figures are as of its last step edge, which may follow the answer."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        seen = scrape(admin)
        if seen["troupe_worker_running_sequences"] == 0:
            return seen
        time.sleep(0.02)
    raise AssertionError("a sequence still runs")


def check(url, admin):
    before = scrape(admin)
    expect(before, {'troupe_gateway_requests_total{outcome="completed"}': 0,
                    "troupe_gateway_prompt_tokens_total": 0,
                    "troupe_worker_steps_total": 0,
                    "troupe_bus_sessions": 0})
    assert before["troupe_process_resident_bytes"] > 1 << 20

    body = {"model": os.path.basename(MODEL), "temperature": 0, "max_tokens": 40,
            "messages": [{"role": "user", "content": "Tell me of the old river. " * 10}],
            "ignore_eos": True}
    used = json.loads(ask(url + "/v1/chat/completions", body))["usage"]
    assert used["completion_tokens"] == 40, used
    seen = settled(admin)
    blocks = (used["prompt_tokens"] + 39) // 16
    expect(seen, {
        'troupe_gateway_requests_total{outcome="completed"}': 1,
        'troupe_gateway_requests_total{outcome="failed"}': 0,
        'troupe_gateway_requests_total{outcome="abandoned"}': 0,
        "troupe_gateway_open_requests": 0,
        "troupe_gateway_open_streams": 0,
        "troupe_gateway_prompt_tokens_total": used["prompt_tokens"],
        "troupe_gateway_completion_tokens_total": 40,
        "troupe_gateway_cached_tokens_total": 0,
        "troupe_gateway_replacements_total": 0,
        "troupe_gateway_time_to_first_token_seconds_count": 1,
        "troupe_gateway_time_per_output_token_seconds_count": 1,
        "troupe_gateway_request_duration_seconds_count": 1,
        "troupe_router_placements_total": 1,
        "troupe_router_refusals_total": 0,
        "troupe_router_known_workers": 1,
        "troupe_worker_prefill_tokens_total": used["prompt_tokens"],
        "troupe_worker_decode_tokens_total": 39,
        'troupe_worker_pool_blocks{state="owned"}': 0,
        'troupe_worker_pool_blocks{state="limbo"}': 0,
        'troupe_worker_pool_blocks{state="shared"}': blocks,
    })
    took = seen["troupe_gateway_request_duration_seconds_sum"]
    first = seen["troupe_gateway_time_to_first_token_seconds_sum"]
    token = seen["troupe_gateway_time_per_output_token_seconds_sum"]
    assert 0 < first < took < 30, (first, took)
    assert abs(first + 39 * token - took) < took / 2, (first, token, took)
    assert 0 < seen["troupe_worker_step_seconds_total"] < took

    again = json.loads(ask(url + "/v1/chat/completions", body))["usage"]
    cached = again["prompt_tokens_details"]["cached_tokens"]
    assert cached > 0, again
    expect(settled(admin), {
        'troupe_gateway_requests_total{outcome="completed"}': 2,
        "troupe_gateway_cached_tokens_total": cached,
        "troupe_worker_prefill_tokens_total": 2 * used["prompt_tokens"] - cached,
    })
    print(f"counted 2 requests of {used['prompt_tokens']} + 40 tokens, {cached} of them cached")


def main():
    with tempfile.TemporaryDirectory() as directory:
        serve = subprocess.Popen(
            [sys.argv[1], "serve", MODEL, "--http-port", "0", "--admin-port", "0", "--run-dir",
             directory, "-o", "json"], stdout=subprocess.PIPE, text=True)
        try:
            ready = json.loads(serve.stdout.readline())
            check(ready["url"], ready["admin_port"])
        finally:
            serve.terminate()
            serve.wait(30)


MODEL = os.path.abspath(sys.argv[2])
main()
