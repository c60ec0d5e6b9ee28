# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Single `troupe node` processes for tests, which join each other as told. Standard library only."""

import os
import re
import signal
import subprocess
import threading
import time
import urllib.request

from support.cluster import Api, user, wait_for


class Node:
    """`troupe node`; its log is `directory`/NAME.log."""

    def __init__(self, troupe, directory, name, role, *flags, listen="127.0.0.1:0"):
        self.command = [troupe, "node", "--name", name, "--role", role, "--cluster",
                        f"test-{os.getpid()}", "--run-dir", directory, "--admin-port", "0",
                        "--http-port", "0", *flags]
        self.name, self.log, self.process = name, os.path.join(directory, name + ".log"), None
        self.listen = listen

    def start(self):
        with open(self.log, "ab") as out:
            began = out.tell()
            self.process = subprocess.Popen([*self.command, "--listen", self.listen], stderr=out,
                                            stdout=subprocess.DEVNULL)
        fields = wait_for(lambda: self.started(began), f"start of {self.name}: {self.log}", 20)
        self.bus, self.http, self.admin = fields["bus"], int(fields["http"]), int(fields["admin"])
        self.listen = self.bus.removeprefix("tcp://")
        return self

    def started(self, began):
        if self.process.poll() is not None:
            raise AssertionError(f"{self.name} ended: {self.text()[-500:]}")
        lines = [x for x in self.text()[began:].splitlines() if "event=node_started" in x]
        return dict(re.findall(r"(\w+)=(\S+)", lines[0])) if lines else None

    def text(self):
        with open(self.log, encoding="utf-8") as log:
            return log.read()

    def metrics(self):
        """By name, without labels' values; {} if it does not answer."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}/metrics",
                                        timeout=5) as got:
                lines = got.read().decode().splitlines()
        except OSError:
            return {}
        return {x.split("{")[0]: float(x.rsplit(" ", 1)[1]) for x in lines if x[:1] != "#"}

    def known(self):
        return self.metrics().get("troupe_membership_known_nodes")

    def epoch(self):
        return self.metrics().get("troupe_membership_epoch")

    def leads(self):
        return self.metrics().get("troupe_directory_leads") == 1

    def signal(self, what):
        self.process.send_signal(what)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def end(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.kill()


class Requests:
    """Asks a gateway again and again; counts answers and keeps failures. Use as a context."""

    def __init__(self, port, model, threads=2):
        self.api, self.answers, self.failures, self.over = Api(port, model), 0, [], False
        self.longest = 0.0
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        while not self.over:
            began = time.monotonic()
            try:
                status, answer = self.api.post({"messages": user("Hello!"), "max_tokens": 8})
                if status == 200:
                    self.answers += 1
                else:
                    self.failures.append((status, answer))
            except OSError as why:
                self.failures.append(str(why))
            self.longest = max(self.longest, time.monotonic() - began)
            time.sleep(0.01)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over = True
        for thread in self.threads:
            thread.join()
