# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Processes of Troupe for tests: a cluster or a single server, on free ports, in a directory of
their own. Standard library only."""

import contextlib
import http.client
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request

LOCAL = [("gateway-1", "gateway,router"), ("prefill-1", "prefill"), ("prefill-2", "prefill"),
         ("decode-1", "decode"), ("decode-2", "decode"), ("cache-1", "cache")]

# Tests read dozens of streams in as many threads: with the usual 5 ms for a turn of the interpreter
# one of them, or who measures, waits for seconds.
sys.setswitchinterval(0.0005)


def wait_for(condition, what, seconds=10):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"no {what} within {seconds} s")


def user(text):
    return [{"role": "user", "content": text}]


def rss_kib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as lines:
        return next(int(x.split()[1]) for x in lines if x.startswith("VmRSS"))


class Api:
    """An OpenAI-compatible server on this host."""

    def __init__(self, port, model):
        self.http, self.model = port, model

    def get(self, path, port=None):
        with urllib.request.urlopen(f"http://127.0.0.1:{port or self.http}{path}",
                                    timeout=10) as got:
            return json.load(got)

    def post(self, body, path="/v1/chat/completions"):
        """(status, answer); `body` is bytes, or an object whose model defaults to the served."""
        if not isinstance(body, bytes):
            body = json.dumps({"model": self.model, **body}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.http}{path}", body,
                                         {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=60) as got:
                return got.status, json.load(got)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def chat(self, body):
        status, answer = self.post(body)
        assert status == 200, (status, answer)
        return answer

    def text(self, body):
        return self.chat(body)["choices"][0]["message"]["content"]

    def stream(self, body):
        """Yields (monotonic seconds, event); raises if the stream does not end properly."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=60)
        with contextlib.closing(connection):
            connection.request("POST", "/v1/chat/completions",
                               json.dumps({"model": self.model, "stream": True, **body}),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            if answer.status != 200:
                raise AssertionError(f"{answer.status}: {answer.read()}")
            for line in answer:
                if line.startswith(b"data: [DONE]"):
                    return
                if line.startswith(b"data: "):
                    event = json.loads(line[6:])
                    assert "error" not in event, event
                    yield time.monotonic(), event
        raise AssertionError("the stream ended without [DONE]")

    def wait_until_served(self):
        wait_for(lambda: self.get("/v1/models")["data"], "served model")


def content(event):
    return "".join(c["delta"].get("content") or "" for c in event["choices"])


class Cluster(Api):
    """`troupe up` of a cluster file; use as a context."""

    def __init__(self, troupe, model, directory, nodes=None, flags=lambda role: [], name=None,
                 keys=None):
        super().__init__(0, os.path.basename(model))
        self.troupe, self.directory, self.keys = troupe, directory, keys
        self.name = name or f"test-{os.getpid()}"
        self.file = os.path.join(directory, "cluster.yaml")
        lines = [f"name: {self.name}", f"model: {model}",
                 "listen: 127.0.0.1:0", "admin_port: 0", "nodes:"]
        for name, role in nodes or LOCAL:
            words = list(flags(role))
            if "gateway" in role:
                words += ["--http-port", "0", "--forced-placement"]
            lines.append(f'  - {{name: {name}, role: "{role}", flags: {json.dumps(words)}}}')
        with open(self.file, "w", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")

    def __enter__(self):
        try:
            self.up()
        except BaseException:
            self.down()
            raise
        return self

    def __exit__(self, *_):
        self.down()

    def up(self):
        keys = ["--keys", str(self.keys)] if self.keys else []
        subprocess.run([self.troupe, "up", self.file, "--run-dir", self.directory, *keys],
                       timeout=90, check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self.directory, "agent.pid"), encoding="utf-8") as pid:
            self.admin = int(pid.read().split()[1])
        self.http = next(n["http_port"] for n in self.nodes() if n["name"] == "gateway-1")
        self.pids = {n["name"]: n["pid"] for n in self.nodes()}
        self.wait_until_served()

    def down(self):
        subprocess.run([self.troupe, "down", self.file, "--run-dir", self.directory], timeout=30,
                       check=False)

    def nodes(self):
        return self.get("/status", self.admin)["nodes"]

    def facts(self):
        """By node and role, as `troupe status` shows them."""
        return {(n["name"], s["role"]): s["facts"] for n in self.nodes() for s in n["services"]}

    def pid_of(self, name):
        return next((n["pid"] for n in self.nodes() if n["name"] == name), None)


class Server(Api):
    """`troupe serve MODEL`; use as a context."""

    def __init__(self, troupe, model, *flags, stderr=subprocess.DEVNULL):
        super().__init__(0, os.path.basename(model))
        self.began = time.monotonic()
        self.process = subprocess.Popen(
            [troupe, "serve", model, "--http-port", "0", "--admin-port", "0", "--listen",
             "127.0.0.1:0", "-o", "json", *flags], stdout=subprocess.PIPE, text=True,
            stderr=stderr)
        ready = self.process.stdout.readline()
        if not ready:
            raise AssertionError(f"serve ended with {self.process.wait()}")
        told = json.loads(ready)
        self.http, self.admin = int(told["url"].rsplit(":", 1)[1]), told["admin_port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
