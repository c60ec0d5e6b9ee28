# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The distribution's ssh server on loopback, with keys of its own, for the user that runs it."""

import getpass
import os
import shutil
import subprocess

from support.cluster import wait_for
from support.redis import free_port


def find_sshd():
    return shutil.which("sshd", path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/local/sbin")


def write(path, text, mode=0o600):
    with open(path, "w", encoding="utf-8") as out:
        out.write(text)
    os.chmod(path, mode)
    return path


class Sshd:
    """`client` is a program that reaches it as ssh does. Use as a context."""

    def __init__(self, directory):
        self.directory, self.port, self.process = directory, free_port(), None
        self.target = f"{getpass.getuser()}@127.0.0.1"
        for name in ("host_key", "user_key"):
            subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.at(name)],
                           check=True, timeout=60)
        shutil.copy(self.at("user_key.pub"), self.at("authorized_keys"))
        self.config = write(self.at("sshd_config"), "\n".join([
            f"Port {self.port}", "ListenAddress 127.0.0.1", f"HostKey {self.at('host_key')}",
            f"AuthorizedKeysFile {self.at('authorized_keys')}", f"PidFile {self.at('sshd.pid')}",
            "PermitRootLogin prohibit-password", "PasswordAuthentication no",
            "KbdInteractiveAuthentication no", "StrictModes no", "UsePAM no", "PrintMotd no",
            ""]))
        with open(self.at("host_key.pub"), encoding="utf-8") as key:
            write(self.at("known_hosts"), f"[127.0.0.1]:{self.port} {key.read()}")
        client = write(self.at("ssh_config"), "\n".join([
            f"IdentityFile {self.at('user_key')}", "IdentitiesOnly yes", "IdentityAgent none",
            f"UserKnownHostsFile {self.at('known_hosts')}", "GlobalKnownHostsFile none",
            "StrictHostKeyChecking yes", ""]))
        self.client = write(self.at("ssh"), f'#!/bin/sh\nexec ssh -F {client} "$@"\n', 0o700)

    def at(self, name):
        return os.path.join(self.directory, name)

    def __enter__(self):
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        with open(self.at("sshd.log"), "ab") as log:
            self.process = subprocess.Popen([find_sshd(), "-D", "-e", "-f", self.config],
                                            stdout=log, stderr=log)
        wait_for(self.answers, f"ssh server ({self.at('sshd.log')})", 20)
        return self

    def answers(self):
        return subprocess.run([self.client, "-o", "BatchMode=yes", "-p", str(self.port),
                               self.target, "true"], check=False, timeout=60,
                              stderr=subprocess.DEVNULL).returncode == 0

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=20)
