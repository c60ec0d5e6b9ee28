# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What a load balancer does before several gateways: asks each whether it is ready, sends requests
in turn to those that are, and takes no part in what becomes of them. Standard library only."""

import http.client
import json
import threading
import time

POLL_S = 0.02


class Backend:
    def __init__(self, port):
        self.port, self.is_ready, self.is_out, self.open = port, False, False, 0


class Balancer:
    """Use as a context. `backends` by name; an operator may take one out of the rotation."""

    def __init__(self, ports):
        self.backends = {name: Backend(port) for name, port in ports.items()}
        self.lock, self.over, self.turn, self.passed_over = threading.Lock(), False, 0, 0
        self.poller = threading.Thread(target=self.poll)

    def poll(self):
        while not self.over:
            for backend in list(self.backends.values()):
                backend.is_ready = self.asks_ready(backend.port)
            time.sleep(POLL_S)

    @staticmethod
    def asks_ready(port):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
        try:
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except (OSError, http.client.HTTPException):
            return False
        finally:
            connection.close()

    def choose(self, but=()):
        """The next backend in turn, counted as busy; None if no one is ready."""
        with self.lock:
            able = [b for b in self.backends.values()
                    if b.is_ready and not b.is_out and b not in but]
            if not able:
                return None
            self.turn += 1
            chosen = able[self.turn % len(able)]
            chosen.open += 1
            return chosen

    def done(self, backend):
        with self.lock:
            backend.open -= 1

    def post(self, body, path="/v1/chat/completions"):
        """(status, bytes of the whole answer). A gateway that does not even listen is passed over,
        as nothing was sent; whatever else happens to a request is its fate."""
        tried = []
        while True:
            backend = self.choose(tried)
            if backend is None:
                raise OSError("no gateway is ready")
            connection = http.client.HTTPConnection("127.0.0.1", backend.port, timeout=30)
            try:
                try:
                    connection.connect()
                except ConnectionRefusedError:
                    backend.is_ready = False
                    self.passed_over += 1
                    tried.append(backend)
                    continue
                connection.request("POST", path, json.dumps(body),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                return answer.status, answer.read()
            finally:
                connection.close()
                self.done(backend)

    def __enter__(self):
        for backend in self.backends.values():
            backend.is_ready = self.asks_ready(backend.port)
        self.poller.start()
        return self

    def __exit__(self, *_):
        self.over = True
        self.poller.join()


class Load:
    """Asks through a balancer at a steady rate; every answer must be the one text of its question.
    Use as a context."""

    def __init__(self, balancer, questions, rate, threads=4):
        self.balancer, self.questions, self.every = balancer, questions, threads / rate
        self.texts, self.answers, self.failures = {}, 0, []
        self.lock, self.over, self.longest = threading.Lock(), False, 0.0
        self.threads = [threading.Thread(target=self.run, args=(i,)) for i in range(threads)]

    def run(self, number):
        count, due = number, time.monotonic()
        while not self.over:
            began = time.monotonic()
            question = count % len(self.questions)
            failure = self.ask(question, is_streamed=count % 2 == 1)
            with self.lock:
                if failure:
                    self.failures.append((round(began, 3), failure))
                else:
                    self.answers += 1
                self.longest = max(self.longest, time.monotonic() - began)
            count += len(self.threads) + 1
            due = max(due + self.every, time.monotonic() - self.every)
            time.sleep(max(0.0, due - time.monotonic()))

    def ask(self, question, is_streamed):
        """Why it failed; None: it did not."""
        try:
            status, got = self.balancer.post({**self.questions[question], "stream": is_streamed})
        except (OSError, http.client.HTTPException) as why:
            return f"{type(why).__name__}: {why}"
        if status != 200:
            return f"{status}: {got[:300]}"
        try:
            text = streamed_text(got) if is_streamed else (
                json.loads(got)["choices"][0]["message"]["content"])
        except (ValueError, LookupError) as why:
            return f"not an answer: {why}: {got[-300:]}"
        with self.lock:
            known = self.texts.setdefault(question, text)
        return None if known == text else f"another text: {text!r} instead of {known!r}"

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()


def streamed_text(got):
    """Raises ValueError if the stream did not end in good order."""
    lines = [x[6:] for x in got.decode().splitlines() if x.startswith("data: ")]
    if not lines or lines[-1] != "[DONE]":
        raise ValueError("the stream has no end")
    events = [json.loads(x) for x in lines[:-1]]
    if any("error" in event for event in events):
        raise ValueError("an error in the stream")
    return "".join(c["delta"].get("content") or "" for e in events for c in e["choices"])
