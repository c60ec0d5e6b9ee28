#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Packed copies of real processes: written after the first load, mapped by the next, with the same
answers; killed while they write, damaged, of two at once, and switched off.

packed_test.py TROUPE MODEL_DIRECTORY
"""

import json
import os
import pathlib
import re
import shutil
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from support.cluster import Server, user, wait_for  # noqa: E402

TROUPE, TINY = sys.argv[1], os.path.abspath(sys.argv[2])
WIDE = 13312  # Of its feed forward; packed copies are made of models of 64 MiB or more.
COPY = re.compile("packed-[0-9a-f]{32}")


def widen(target):
    """The tiny model with a feed forward that is wider by zeros: it gives the same answers."""
    os.mkdir(target)
    for name in ("generation_config.json", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(f"{TINY}/{name}", target)
    with open(f"{TINY}/config.json", encoding="utf-8") as source:
        config = json.load(source)
    narrow, hidden = config["intermediate_size"], config["hidden_size"]
    config["intermediate_size"] = WIDE
    pathlib.Path(target, "config.json").write_text(json.dumps(config), encoding="utf-8")
    raw = pathlib.Path(TINY, "model.safetensors").read_bytes()
    (length,) = struct.unpack("<Q", raw[:8])
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    out, bodies, at = {}, [], 0
    for name, one in header.items():
        if name == "__metadata__":
            continue
        begin, end = one["data_offsets"]
        body, shape = data[begin:end], one["shape"]
        if name.endswith(("gate_proj.weight", "up_proj.weight")):
            body, shape = body + bytes(len(body) // narrow * (WIDE - narrow)), [WIDE, hidden]
        elif name.endswith("down_proj.weight"):
            row = len(body) // hidden
            zeros = bytes(row // narrow * (WIDE - narrow))
            body = b"".join(body[i:i + row] + zeros for i in range(0, len(body), row))
            shape = [hidden, WIDE]
        out[name] = {"dtype": one["dtype"], "shape": shape, "data_offsets": [at, at + len(body)]}
        bodies.append(body)
        at += len(body)
    text = json.dumps(out).encode()
    with open(f"{target}/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(bodies))


class Loaded(Server):
    """A server, and what it logs."""

    def __init__(self, model, *flags):
        self.log_file = tempfile.NamedTemporaryFile("w+", encoding="utf-8")
        super().__init__(TROUPE, model, *flags, stderr=self.log_file)

    def log(self):
        return pathlib.Path(self.log_file.name).read_text(encoding="utf-8")

    def loaded_from(self):
        return re.search(r"event=model_loaded .* from=(\S+)", self.log()).group(1)

    def wait_until_written(self):
        wait_for(lambda: "event=packed_copy_written" in self.log(), "packed copy", 60)

    def answer(self):
        return self.text({"messages": user("Hello!"), "temperature": 0, "max_tokens": 20})


def names(directory):
    return sorted(os.listdir(directory)) if os.path.isdir(directory) else []


def check_second_load(model, answer):
    copies = f"{model}/.troupe"
    with Loaded(model) as first:
        assert first.loaded_from() == "packed"
        assert first.answer() == answer
        first.wait_until_written()
        (copy,) = filter(COPY.fullmatch, names(copies))
    with Loaded(model) as second, Loaded(model) as third:
        for server in (second, third):
            assert server.loaded_from() == f"{copies}/{copy}", server.log()
            assert server.answer() == answer
    # Read-only, for whoever would change in place what is served from.
    assert os.stat(f"{copies}/{copy}").st_mode & 0o222 == 0
    return f"{copies}/{copy}"


def check_kills(model, answer):
    """Killed at any time after it is ready, so while it writes: nothing half is ever taken."""
    copies = f"{model}/.troupe"
    halves = 0
    for i in range(6):
        shutil.rmtree(copies)
        with Loaded(model) as server:
            time.sleep(0.05 * i)
            server.process.kill()
        halves += any(name.endswith(".part") for name in names(copies))
        with Loaded(model) as server:
            assert "packed_copy_refused" not in server.log(), server.log()
            assert server.answer() == answer
            if server.loaded_from() == "packed":
                server.wait_until_written()
        assert [n for n in names(copies) if n != "digests" and not COPY.fullmatch(n)] == []
    print(f"of 6 kills {halves} left half a copy")


def check_damage(model, copy, answer):
    os.chmod(copy, 0o644)
    with open(copy, "r+b") as file:
        file.seek(os.path.getsize(copy) // 2)
        file.write(b"damage")
    with Loaded(model) as server:
        assert server.loaded_from() == "packed"
        assert "event=packed_copy_refused" in server.log()
        assert server.answer() == answer
        server.wait_until_written()
    with Loaded(model) as server:
        assert server.loaded_from() == copy


def check_two_at_once(model, answer):
    copies = f"{model}/.troupe"
    shutil.rmtree(copies)
    with Loaded(model) as one, Loaded(model) as other:
        assert one.answer() == answer == other.answer()
        wait_for(lambda: any(map(COPY.fullmatch, names(copies))), "packed copy", 60)
    assert len([n for n in names(copies) if COPY.fullmatch(n)]) == 1


def check_elsewhere(model, answer, directory):
    shutil.rmtree(f"{model}/.troupe")
    with Loaded(model, "--packed-cache", "off") as server:
        assert server.loaded_from() == "packed" and server.answer() == answer
    assert not os.path.exists(f"{model}/.troupe")
    told = os.path.join(directory, "copies")
    with Loaded(model, "--packed-cache", told) as server:
        server.wait_until_written()
    with Loaded(model, "--packed-cache", told) as server:
        assert server.loaded_from().startswith(told + "/") and server.answer() == answer
    assert not os.path.exists(f"{model}/.troupe")


def main():
    with tempfile.TemporaryDirectory() as directory:
        with Server(TROUPE, TINY) as server:
            answer = server.text(
                {"messages": user("Hello!"), "temperature": 0, "max_tokens": 20})
        assert not os.path.exists(f"{TINY}/.troupe"), "a small model has no packed copy"
        model = os.path.join(directory, "wide")
        widen(model)
        copy = check_second_load(model, answer)
        check_damage(model, copy, answer)
        check_kills(model, answer)
        check_two_at_once(model, answer)
        check_elsewhere(model, answer, directory)


main()
