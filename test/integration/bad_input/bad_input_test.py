#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Whatever is sent to a cluster or given to a command, the answer names what is wrong and the remedy,
and every process goes on.

bad_input_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Cluster, Server, content, user, wait_for  # noqa: E402

TROUPE, MODEL = sys.argv[1], os.path.abspath(sys.argv[2])
HELLO = user("Hello!")
BODY_BYTES_MAX = 65536

# what it is, the body, status, param, a word of the message
REQUESTS = [
    ("malformed JSON", b'{"model": "tiny", "messages": [', 400, None, "JSON"),
    ("no object", b"[1, 2]", 400, None, "object"),
    ("an empty body", b"", 400, None, "JSON"),
    ("a wrong type", {"messages": "Hello!"}, 400, "messages", "array"),
    ("a wrong type inside", {"messages": [{"role": 3, "content": "x"}]}, 400, "messages[0].role",
     "string"),
    ("a wrong number", {"messages": HELLO, "temperature": "hot"}, 400, "temperature", "number"),
    ("an unknown model", {"model": "nobody", "messages": HELLO}, 404, "model", "nobody"),
    ("empty messages", {"messages": []}, 400, "messages", "messages"),
    ("a long prompt", {"messages": user("river " * 4000)}, 400, "messages", "2048"),
    ("max_tokens 0", {"messages": HELLO, "max_tokens": 0}, 400, "max_tokens", "1"),
    ("max_tokens above the context", {"messages": HELLO, "max_tokens": 100_000}, 400,
     "max_tokens", "2048"),
    ("max_tokens above all bounds", {"messages": HELLO, "max_tokens": 10 ** 15}, 400,
     "max_tokens", ""),
    ("invalid UTF-8", b'{"model": "tiny", "messages": [{"role": "user", "content": "\xff\xfe"}]}',
     400, None, "UTF-8"),
    ("a body over the limit", {"messages": user("x" * (BODY_BYTES_MAX + 1))}, 413, None,
     str(BODY_BYTES_MAX)),
]

# bytes of a connection, and the status of the answer
CONNECTIONS = [
    (b"GARBAGE\r\n\r\n", 400),
    (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n"
     b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    (b"POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
    (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", 431),
]


def check_requests(cluster):
    for what, body, status, param, word in REQUESTS:
        got, answer = cluster.post(body)
        error = answer["error"]
        assert got == status, (what, got, answer)
        assert set(error) == {"message", "type", "param", "code"}, (what, error)
        assert error["param"] == param and word in error["message"], (what, error)
    print(f"{len(REQUESTS)} bad requests: each refused with its field and remedy")


def check_connections(cluster):
    for data, status in CONNECTIONS:
        with socket.create_connection(("127.0.0.1", cluster.http), timeout=10) as connection:
            connection.sendall(data)
            line = connection.recv(64).decode(errors="replace")
        assert line.startswith(f"HTTP/1.1 {status} "), (data[:60], line)
    print(f"{len(CONNECTIONS)} bad connections: each answered by its status")


def streams(cluster):
    return sum(int(facts["streams"]) for facts in cluster.facts().values() if "streams" in facts)


def check_disconnect(cluster):
    for _, event in cluster.stream({"messages": HELLO, "max_tokens": 1900,
                                    "troupe": {"ignore_eos": True}}):
        if content(event):
            assert streams(cluster) > 0
            break  # closes the connection
    wait_for(lambda: streams(cluster) == 0, "end of the stream whose client left", 2)
    print("a client that leaves mid-stream: its stream ends everywhere")


def run(*words):
    done = subprocess.run([TROUPE, *words], capture_output=True, text=True, timeout=30,
                          stdin=subprocess.DEVNULL, check=False)
    return done.returncode, done.stdout, done.stderr


def serve(model, *flags):
    return run("serve", model, "--http-port", "0", "--admin-port", "0", "--listen", "127.0.0.1:0",
               *flags)


def edit_tensors(path, edit):
    """Rewrites the safetensors file with a header that `edit` has changed."""
    data = path.read_bytes()
    size = struct.unpack("<Q", data[:8])[0]
    header = json.loads(data[8:8 + size])
    body = edit(header, data[8 + size:]) or data[8 + size:]
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + body)


def edit_json(path, edit):
    what = json.loads(path.read_text(encoding="utf-8"))
    edit(what)
    path.write_text(json.dumps(what), encoding="utf-8")


NORM, UP = "model.norm.weight", "model.layers.0.mlp.up_proj.weight"


def overlap(header, _):
    header[NORM]["data_offsets"] = [0, 512]


def template(text):
    def change(model):
        path = model / "tokenizer_config.json"
        edit_json(path, lambda what: what.update(chat_template=text))
    return change


# what it is, the change, words of the complaint
MODELS = [
    ("a missing tensor", lambda m: edit_tensors(
        m / "model.safetensors", lambda h, _: h.update(other=h.pop(UP))), [UP]),
    ("a truncated file", lambda m: (m / "model.safetensors").write_bytes(
        (m / "model.safetensors").read_bytes()[:-1000]), ["model.safetensors"]),
    ("overlapping tensors", lambda m: edit_tensors(m / "model.safetensors", overlap),
     ["model.safetensors"]),
    ("a wrong dtype", lambda m: edit_tensors(
        m / "model.safetensors", lambda h, _: h[UP].update(dtype="I16")), [UP, "I16"]),
    ("a wrong shape", lambda m: edit_tensors(
        m / "model.safetensors", lambda h, _: h[UP].update(shape=h[UP]["shape"][::-1])), [UP]),
    ("a broken tokenizer.json", lambda m: (m / "tokenizer.json").write_text("{"),
     ["tokenizer.json"]),
    ("a tokenizer.json without a model", lambda m: edit_json(
        m / "tokenizer.json", lambda what: what.pop("model")), ["tokenizer.json", "model"]),
    ("another architecture", lambda m: edit_json(
        m / "config.json", lambda what: what.update(architectures=["OtterForCausalLM"])),
     ["OtterForCausalLM"]),
]


def copy_of(directory, name):
    model = pathlib.Path(directory) / name
    shutil.copytree(MODEL, model)
    return model


def check_models(directory):
    for i, (what, change, words) in enumerate(MODELS):
        model = copy_of(directory, f"model-{i}")
        change(model)
        code, out, err = serve(str(model))
        assert code in (1, 2) and out == "", (what, code, out, err)
        assert len(err.strip().split("\n")) <= 2, (what, err)
        assert all(word in err for word in words), (what, words, err)
    print(f"{len(MODELS)} broken model directories: each refused with its file and field")


def check_templates(directory):
    raises = copy_of(directory, "raises")
    template("{{ raise_exception('roles must alternate') }}")(raises)
    loops = copy_of(directory, "loops")
    template("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}")(loops)
    broken = copy_of(directory, "broken")
    template("{% if %}")(broken)
    for model, word in [(raises, "roles must alternate"), (loops, "template"),
                        (broken, "template")]:
        with Server(TROUPE, str(model)) as server:
            for _ in range(2):
                status, answer = server.post({"messages": HELLO})
                assert status == 400, (status, answer)
                assert word in answer["error"]["message"], answer
                assert answer["error"]["param"] == "chat_template", answer
    print("templates that raise, loop or do not parse: the request is refused, the server goes on")


def check_commands(cluster, directory):
    code, out, err = run("serve", MODEL, "--http-port", str(cluster.http), "--admin-port", "0",
                         "--listen", "127.0.0.1:0")
    assert code == 1 and out == "" and str(cluster.http) in err and "port" in err, (code, err)
    code, out, err = run("serve", MODEL, "--htp-port", "0")
    assert code == 2 and "--http-port" in err, (code, err)
    file = pathlib.Path(directory) / "wrong.yaml"
    file.write_text("http:\n  prot: 8001\n", encoding="utf-8")
    code, out, err = run("serve", MODEL, "--config", str(file))
    assert code == 2 and "prot" in err and "port" in err and "wrong.yaml" in err, (code, err)
    file.write_text("name: x\nmodel: y\nnodes:\n  - {nam: a, role: gateway}\n", encoding="utf-8")
    code, out, err = run("up", str(file), "--run-dir", directory)
    assert code == 2 and "nam" in err and "name" in err, (code, err)
    code, out, err = run("serve", str(pathlib.Path(directory) / "nowhere"))
    assert code in (1, 2) and "nowhere" in err, (code, err)
    code, out, err = run("srve")
    assert code == 2 and "serve" in err, (code, err)
    print("a port in use, misspelt flags, keys and commands: refused with the remedy")


def main():
    def limit(role):
        return ["--http-body-bytes-max", str(BODY_BYTES_MAX)] if "gateway" in role else []

    with tempfile.TemporaryDirectory() as directory, \
            Cluster(TROUPE, MODEL, directory, flags=limit) as cluster:
        check_requests(cluster)
        check_connections(cluster)
        check_disconnect(cluster)
        check_commands(cluster, directory)
        check_models(directory)
        check_templates(directory)
        assert cluster.text({"messages": HELLO, "temperature": 0})
        pids = {n["name"]: n["pid"] for n in cluster.nodes()}
        assert pids == cluster.pids, "a process was restarted"
        print("no process was restarted, and the cluster still answers")


main()
