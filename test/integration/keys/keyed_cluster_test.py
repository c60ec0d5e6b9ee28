#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""A cluster whose links are authenticated: it serves, strangers stay out, the revoked leave.

keyed_cluster_test.py TROUPE MODEL_DIRECTORY LYING_NODE
"""

import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from support.cluster import LOCAL, Cluster, user, wait_for  # noqa: E402

TROUPE, MODEL, LYING_NODE = (os.path.abspath(path) for path in sys.argv[1:4])
PROMPT = {"messages": user("What is the capital of France? " * 20), "temperature": 0,
          "max_tokens": 24}


def troupe(*words, code=0):
    done = subprocess.run([TROUPE, *words], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stderr


def make_keys(keys, cluster, nodes):
    troupe("keys", "init", "--cluster", cluster, "--keys", keys)
    for name, role in nodes:
        troupe("keys", "issue", name, "--role", role, "--keys", keys)


def metric(cluster, name, node, **of):
    """Of a node by its metrics page."""
    port = next(n["admin_port"] for n in cluster.nodes() if n["name"] == node)
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as got:
        for line in got.read().decode().splitlines():
            if line.startswith(name) and all(f'{k}="{v}"' in line for k, v in of.items()):
                return float(line.rsplit(" ", 1)[1])
    raise AssertionError(f"no metric {name} {of}")


def endpoint_of(cluster, name):
    return next(n["endpoint"] for n in cluster.nodes() if n["name"] == name)


def start_node(directory, *words):
    return subprocess.Popen([TROUPE, "node", "--listen", "127.0.0.1:0", "--admin-port", "0",
                             "--run-dir", directory, *words], stderr=subprocess.PIPE, text=True)


def check_refused_at_start(directory, keys, cluster):
    home = os.path.join(keys, "nodes", "decode-1")
    node = ["node", "--role", "decode", "--model", MODEL, "--run-dir", directory, "--cluster",
            cluster.name, "--join"]
    here = endpoint_of(cluster, cluster.name + "-agent")
    assert "not on loopback" in troupe(*node, here, "--listen", "0.0.0.0:0", code=2)
    assert "does not allow" in troupe(*node, here, "--keys", os.path.join(keys, "nodes", "cache-1"),
                                      code=2)
    assert "--join needs the key of" in troupe(*node, here.split("#")[0], "--keys", home, code=2)
    assert "not the name" in troupe(*node, here, "--keys", home, "--name", "other", code=2)
    assert "--advertise" in troupe(*node, here, "--keys", home, "--listen", "0.0.0.0:0", code=2)
    (pathlib.Path(home) / "node.key").chmod(0o644)
    assert "chmod 600" in troupe(*node, here, "--keys", home, code=2)
    (pathlib.Path(home) / "node.key").chmod(0o600)


def check_strangers(directory, cluster):
    """A node of a cluster of the same name, with other keys, and one without keys."""
    agent = cluster.name + "-agent"
    other = os.path.join(directory, "other")
    make_keys(other, cluster.name, [("spy", "gateway,router,decode")])
    before = metric(cluster, "troupe_bus_refused_total", agent, what="peers")
    here = ["--cluster", cluster.name, "--join", endpoint_of(cluster, agent)]
    spy = start_node(directory, "--role", "router", "--keys", os.path.join(other, "nodes", "spy"),
                     *here)
    bare = start_node(directory, "--role", "router", "--name", "bare", *here)
    try:
        wait_for(lambda: metric(cluster, "troupe_bus_refused_total", agent, what="peers") > before,
                 "refused peer")
        names = {n["name"] for n in cluster.nodes()}
        assert names == {name for name, _ in LOCAL} | {agent}, names
    finally:
        for node in (spy, bare):
            node.terminate()
            node.communicate(timeout=20)
    with open(os.path.join(directory, "agent.log"), encoding="utf-8") as log:
        refusals = [line for line in log if "event=bus_refused" in line]
    assert any("node=spy" in line and "not trusted" in line for line in refusals), refusals


def check_services(directory, keys, cluster):
    """A node may offer what its certificate names, and nothing else."""
    agent = cluster.name + "-agent"
    troupe("keys", "issue", "liar", "--role", "router", "--keys", keys)

    def offers(role):
        done = subprocess.run([LYING_NODE, os.path.join(keys, "nodes", "liar"), cluster.name,
                               endpoint_of(cluster, agent), "router", role], text=True,
                              capture_output=True, timeout=30, check=False)
        assert done.returncode == 0, (role, done.stdout, done.stderr)
        return done.stdout

    assert "15 planner" in offers("planner")  # errc::forbidden
    assert "liar" not in {n["name"] for n in cluster.nodes()}
    assert metric(cluster, "troupe_directory_services_refused_total", agent) == 1
    with open(os.path.join(directory, "agent.log"), encoding="utf-8") as log:
        lines = [line for line in log if "event=service_refused" in line]
    assert len(lines) == 1 and "node=liar" in lines[0] and "role=planner" in lines[0], lines
    assert offers("router").strip() == "joined"
    wait_for(lambda: "liar" not in {n["name"] for n in cluster.nodes()}, "end of the liar")


def check_shells(keys, cluster):
    """A terminal's certificate says whether it may change the cluster; nodes hold it to that."""
    for name, role in (("looker", "shell"), ("ops", "operator")):
        troupe("keys", "issue", name, "--role", role, "--keys", keys)

    def run(name, *words, code=0):
        home = os.path.join(keys, "nodes", name)
        done = subprocess.run([TROUPE, "shell", "--cluster", cluster.name, "--keys", home,
                               "--connect", endpoint_of(cluster, cluster.name + "-agent"), *words],
                              capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == code, (words, done.returncode, done.stdout, done.stderr)
        return done.stdout + done.stderr

    assert "decode-1" in run("looker", "-c", "ps")
    assert "does not allow operator" in run("looker", "--write", "-c", "ps", code=2)
    run("ops", "--write", "--yes", "-c", "restart cache-1")


def check_revocation(keys, cluster, expected):
    troupe("keys", "revoke", "decode-1", "--keys", keys)
    agent = cluster.name + "-agent"
    wait_for(lambda: "decode-1" not in {n["name"] for n in cluster.nodes()}, "revoked node's end",
             15)
    assert metric(cluster, "troupe_bus_sessions", agent) == len(LOCAL) - 1
    assert cluster.text(PROMPT) == expected


def main():
    with tempfile.TemporaryDirectory() as directory:
        keys = os.path.join(directory, "keys")
        cluster = Cluster(TROUPE, MODEL, directory, keys=keys,
                          flags=lambda role: ["--prefill", "remote"] if "gateway" in role else [])
        nodes = [*LOCAL, (cluster.name + "-agent", "agent,directory,planner")]
        make_keys(keys, cluster.name, nodes)
        with cluster:
            expected = cluster.text(PROMPT)
            assert cluster.text(PROMPT) == expected
            for name, _ in nodes:
                for what in ("peers", "messages", "frames"):
                    count = metric(cluster, "troupe_bus_refused_total", name, what=what)
                    assert count == 0, (name, what, count)
            assert metric(cluster, "troupe_worker_transfer_bytes_total", "prefill-1",
                          direction="out") + metric(cluster, "troupe_worker_transfer_bytes_total",
                                                    "prefill-2", direction="out") > 0
            check_refused_at_start(directory, keys, cluster)
            check_strangers(directory, cluster)
            check_services(directory, keys, cluster)
            check_shells(keys, cluster)
            check_revocation(keys, cluster, expected)
    print("keyed cluster: ok")


if __name__ == "__main__":
    main()
