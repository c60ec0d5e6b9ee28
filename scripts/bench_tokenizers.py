#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Tokenizers beside PyPI's `tokenizers`: MB/s of one core, English text cut into messages.

  bench_tokenizers.py [--speed PROGRAM] [--vocab N] [TOKENIZER_JSON ...]

Without files it trains one of N tokens (16,000) per kind on the text that it then measures: the
reference pages that come with Python and this project's own. MB/s are of processor time, so that
neighbours on the machine count little. "cold" remembers nothing when a message begins: Troupe's memo
is emptied, the reference is one without its cache. "warm" has seen all messages before. The ids of
both are compared. Needs PyPI's tokenizers (0.23) and the target tokenizer_speed.
"""

import argparse
import json
import os
import pathlib
import pydoc_data.topics
import struct
import subprocess
import sys
import tempfile
import time

os.environ["TOKENIZERS_PARALLELISM"] = "false"

import golden_tokenizers as kinds
import tokenizers
from tokenizers import Tokenizer

ROOT = pathlib.Path(__file__).parent.parent
ROUNDS = 3
MESSAGE_BYTES = 1500


def english():
    pages = [text for _, text in sorted(pydoc_data.topics.topics.items())]
    pages += [path.read_text() for path in sorted(ROOT.glob("docs/*.md"))]
    return [page.replace("\0", "") for page in pages]


def messages_of(pages):
    """Paragraphs joined to what a person would send."""
    out = []
    for page in pages:
        message = ""
        for paragraph in page.split("\n\n"):
            message += paragraph + "\n\n"
            if len(message) > MESSAGE_BYTES:
                out.append(message)
                message = ""
        out.append(message)
    return [message for message in out if message]


def best_of(rounds, work):
    spent = []
    for _ in range(rounds):
        begin = time.process_time()
        work()
        spent.append(time.process_time() - begin)
    return min(spent)


def without_cache(text):
    made = Tokenizer.from_str(text)
    resize = getattr(made.model, "_resize_cache", None)
    if resize:
        resize(0)
    return made


def reference(text, messages):
    megabytes = sum(len(message.encode()) for message in messages) / 1e6
    made = Tokenizer.from_str(text)
    encode = lambda which: lambda: [which.encode(m, add_special_tokens=False) for m in messages]
    cold = megabytes / best_of(ROUNDS, encode(without_cache(text)))
    encode(made)()
    warm = megabytes / best_of(ROUNDS, encode(made))
    ids = [one.ids for one in encode(made)()]
    decode = megabytes / best_of(1, lambda: [made.decode(one) for one in ids])
    hashed = 0xCBF29CE484222325
    for one in ids:
        hashed = kinds.fnv(hashed, struct.pack(f"<{len(one)}I", *one))
    return cold, warm, decode, f"{hashed:016x}"


def trained(size, corpus):
    """One of each kind whose way to cut or to look up differs."""
    def bytes_kind(pattern):
        return kinds.byte_level(corpus, kinds.split_bytes(pattern), size)

    def blanks():
        return kinds.normalizers.Sequence([kinds.normalizers.Prepend(kinds.BLANK),
                                           kinds.normalizers.Replace(" ", kinds.BLANK)])

    yield "gpt2", kinds.byte_level(corpus, kinds.pre.ByteLevel(add_prefix_space=False), size)
    yield "llama3", bytes_kind(kinds.LLAMA3)
    yield "qwen2", bytes_kind(kinds.QWEN2)
    yield "o200k (PCRE2)", bytes_kind(kinds.O200K)
    yield "llama2", kinds.characters(
        corpus, None, kinds.pre.Metaspace(kinds.BLANK, prepend_scheme="first"),
        kinds.fallback_decoder(), size=size), blanks()
    yield "t5 (Unigram)", kinds.unigram(
        corpus, kinds.normalizers.Precompiled(kinds.charsmap(kinds.RULES)),
        kinds.pre.Metaspace(kinds.BLANK, prepend_scheme="always"),
        kinds.decoders.Metaspace(kinds.BLANK), size=min(size, 4000))


def tokenizers_of(options, messages):
    for path in options.files:
        yield path, pathlib.Path(path).read_text()
    if options.files:
        return
    for name, made, *normalizer in trained(options.vocab, messages):
        document = json.loads(made.to_str())
        if normalizer:
            # Trained by words, used without a pre-tokenizer, as that family is.
            other = Tokenizer.from_str(made.to_str())
            other.normalizer = normalizer[0]
            document = json.loads(other.to_str())
            document["pre_tokenizer"] = None
        yield name, json.dumps(document)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--speed", default=ROOT / "build/release/test/speed/tokenizer_speed")
    parser.add_argument("--vocab", type=int, default=16_000)
    parser.add_argument("files", nargs="*")
    options = parser.parse_args()
    messages = messages_of(english())
    size = sum(len(message.encode()) for message in messages)
    print(f"{len(messages)} messages, {size / 1e6:.2f} MB; MB/s of one core")
    print(f"{'':16}{'tokenizers ' + tokenizers.__version__:>30}{'troupe':>30}")
    print(f"{'':16}" + 2 * f"{'cold':>10}{'warm':>10}{'decode':>10}" + "  ids")
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        messages_path = pathlib.Path(folder) / "messages"
        messages_path.write_bytes(b"\0".join(message.encode() for message in messages))
        for name, text in tokenizers_of(options, messages):
            path = pathlib.Path(folder) / "tokenizer.json"
            path.write_text(text)
            theirs = reference(text, messages)
            run = subprocess.run([options.speed, path, messages_path], capture_output=True,
                                 text=True, check=False)
            if run.returncode != 0:
                print(f"{name:16}{run.stderr.strip()}")
                failed = 1
                continue
            *ours, hashed = run.stdout.split()
            same = "same" if hashed == theirs[3] else "DIFFERENT"
            failed |= same != "same"
            print(f"{name:16}" + "".join(f"{float(value):10.1f}" for value in (*theirs[:3], *ours))
                  + f"  {same}")
    return failed


if __name__ == "__main__":
    sys.exit(main())
