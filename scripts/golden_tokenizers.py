#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Trains small tokenizers of each kind and writes what the reference makes of 10,000 texts.

  golden_tokenizers.py            writes test/unit/text/tokenizers/*.json
  golden_tokenizers.py --check    only the goldens, from the tokenizers that are there; no writing

Needs PyPI's tokenizers (0.23). The texts come from a seeded generator that
test/unit/text/random_texts.hpp implements as well; a golden keeps one hash of ids and one of the
decoded texts per 100 texts, and the first 40 texts' ids in full.
"""

import collections
import json
import pathlib
import struct
import sys

import tokenizers
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, normalizers
from tokenizers import pre_tokenizers as pre
from tokenizers import processors, trainers

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "unit" / "text" / "tokenizers"
TEXTS = 10_000
BLOCK = 100
SAMPLE = 40
MASK = (1 << 64) - 1
BLANK = "\u2581"

LLAMA3 = (r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
          r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+")
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = (r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+"
         r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+"
         r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}"
         r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+")


class Random:
    """splitmix64, as runtime/base/rng.hpp."""

    def __init__(self, seed):
        self.state = seed

    def below(self, bound):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        return (z ^ (z >> 31)) % bound


def random_text(parts, index):
    """Bytes: phrases, characters of a range, now and then bytes that are no UTF-8."""
    random = Random(1_000_003 * (index + 1))
    lists, ranges = parts["phrases"], parts["ranges"]
    out = b""
    for _ in range(random.below(12)):
        kind = random.below(len(lists) + 3)
        if kind < len(lists):
            out += lists[kind][random.below(len(lists[kind]))].encode()
        elif kind < len(lists) + 2:
            first, last = ranges[random.below(len(ranges))]
            for _ in range(1 + random.below(6)):
                out += chr(first + random.below(last - first + 1)).encode()
        elif random.below(4) == 0:
            for _ in range(1 + random.below(3)):
                out += bytes([random.below(256)])
        if random.below(2) == 0:
            out += b" "
    return out


def fnv(state, data):
    for byte in data:
        state = ((state ^ byte) * 0x100000001B3) & MASK
    return state


def hash_of_ids(ids, state):
    return fnv(state, struct.pack(f"<{len(ids) + 1}I", len(ids), *ids))


def charsmap(rules):
    """A double array as darts-clone lays it out, from {text: replacement}."""
    blob, values = b"", {}
    for text, replacement in rules.items():
        values[text.encode()] = len(blob)
        blob += replacement.encode() + b"\0"
    tree = {}
    for key in values:
        node = tree
        for byte in key:
            node = node.setdefault(byte, {})
        node[0] = values[key]
    units, used = [0] * 256, {0}

    def place(node, at):
        base = 256
        while any((base ^ byte) in used or (base ^ byte) == at for byte in node):
            base += 1
        offset = at ^ base
        assert offset < 1 << 21
        units[at] |= offset << 10 | (0x100 if 0 in node else 0)
        units.extend([0] * max(0, (base | 255) + 1 - len(units)))
        for byte in node:
            used.add(base ^ byte)
        for byte, child in node.items():
            if byte == 0:
                units[base] = child | 1 << 31
            else:
                units[base ^ byte] = byte
                place(child, base ^ byte)

    place(tree, 0)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + blob


RULES = {"\uff21": "A", "\uff22": "B", "\u00a0": " ", "\u3000": " ", "\t": " ", "\n": " ",
         "\u200b": "", "\ufb01": "fi", "e\u0301": "\u00e9", "\u00bd": "1\u20442", "\u2026": "...",
         "\u1112\u1161": "\ud558", "\r": "", "\u0001": "", "\u2460": "1", "\u00ad": ""}


def bpe_trainer(size, **more):
    return trainers.BpeTrainer(vocab_size=size, show_progress=False, **more)


def bytes_alphabet():
    return sorted(pre.ByteLevel.alphabet())


def byte_tokens():
    return [f"<0x{byte:02X}>" for byte in range(256)]


def byte_level(corpus, before, size=500, **options):
    out = Tokenizer(models.BPE(**options))
    out.pre_tokenizer = before
    out.decoder = decoders.ByteLevel()
    out.train_from_iterator(corpus, bpe_trainer(size, initial_alphabet=bytes_alphabet()))
    return out


def split_bytes(pattern):
    return pre.Sequence([pre.Split(Regex(pattern), "isolated"),
                         pre.ByteLevel(add_prefix_space=False, use_regex=False)])


def characters(corpus, normalizer, before, decoder, size=700, fallback=True, fuse=True):
    options = {"unk_token": "<unk>", "fuse_unk": fuse, "byte_fallback": fallback}
    out = Tokenizer(models.BPE(**options))
    if normalizer:
        out.normalizer = normalizer
    if before:
        out.pre_tokenizer = before
    out.decoder = decoder
    special = ["<unk>", "<s>", "</s>"] + (byte_tokens() if fallback else [])
    out.train_from_iterator(corpus, bpe_trainer(size, special_tokens=special, limit_alphabet=120))
    return only_specials(out, 3)


def only_specials(made, count):
    """Byte tokens come out of training as special tokens; only the first `count` are to be."""
    document = json.loads(made.to_str())
    document["added_tokens"] = document["added_tokens"][:count]
    return Tokenizer.from_str(json.dumps(document))


def of_common_characters(corpus, count=120):
    """A Unigram vocabulary has every character of its corpus; unknown ones are to be left."""
    seen = collections.Counter(character for text in corpus for character in text)
    common = {character for character, _ in seen.most_common(count)}
    return [text for text in corpus if set(text) <= common]


def unigram(corpus, normalizer, before, decoder, fallback=False, size=600):
    out = Tokenizer(models.Unigram())
    if normalizer:
        out.normalizer = normalizer
    out.pre_tokenizer = before
    out.decoder = decoder
    special = ["<unk>", "<s>", "</s>"] + (byte_tokens() if fallback else [])
    out.train_from_iterator(of_common_characters(corpus), trainers.UnigramTrainer(
        vocab_size=size, show_progress=False, special_tokens=special, unk_token="<unk>",
        shrinking_factor=0.75, max_piece_length=12))
    document = json.loads(out.to_str())
    document["added_tokens"] = document["added_tokens"][:3]
    document["model"]["byte_fallback"] = fallback
    document["model"]["vocab"] = [[piece, round(score, 4)]
                                  for piece, score in document["model"]["vocab"]]
    return Tokenizer.from_str(json.dumps(document))


def fallback_decoder(*more):
    return decoders.Sequence([decoders.Replace(BLANK, " "), decoders.ByteFallback(),
                              decoders.Fuse(), *more])


def template(made):
    made.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 1), ("</s>", 2)])
    return made


def gpt2(corpus):
    return byte_level(corpus, pre.ByteLevel(add_prefix_space=False))


def llama3(corpus):
    made = byte_level(corpus, split_bytes(LLAMA3), ignore_merges=True)
    made.add_special_tokens(["<|begin|>", "<|end|>"])
    made.post_processor = processors.Sequence([
        processors.ByteLevel(trim_offsets=False),
        processors.TemplateProcessing(single="<|begin|> $A", special_tokens=[
            ("<|begin|>", made.token_to_id("<|begin|>"))])])
    return made


def qwen2(corpus):
    made = byte_level(corpus, split_bytes(QWEN2))
    made.normalizer = normalizers.NFC()
    made.add_special_tokens(["<|im_start|>", "<|im_end|>"])
    made.add_tokens([AddedToken("<tool>", normalized=False),
                     AddedToken("quick", normalized=True),
                     AddedToken("over", single_word=True, normalized=False),
                     AddedToken("<mask>", lstrip=True, rstrip=True, normalized=False)])
    return made


def o200k(corpus):
    return byte_level(corpus, split_bytes(O200K))


def falcon(corpus):
    return byte_level(corpus, pre.Sequence([
        pre.Punctuation("contiguous"), pre.ByteLevel(add_prefix_space=True, use_regex=True),
    ]))


def starcoder(corpus):
    return byte_level(corpus, pre.Sequence([
        pre.Digits(individual_digits=True), pre.ByteLevel(add_prefix_space=False)]))


def deepseek(corpus):
    return byte_level(corpus, pre.Sequence([
        pre.Split(Regex(r"\p{N}{1,3}"), "isolated"),
        pre.Split(Regex("[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+"), "isolated"),
        pre.Split(Regex(r"[!\"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?"
                        r"[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"),
                  "isolated"),
        pre.ByteLevel(add_prefix_space=False, use_regex=False)]))


def llama2(corpus):
    return template(characters(
        corpus, normalizers.Sequence([normalizers.Prepend(BLANK), normalizers.Replace(" ", BLANK)]),
        None, fallback_decoder(decoders.Strip(" ", 1, 0))))


def gemma(corpus):
    made = characters(corpus, normalizers.Replace(" ", BLANK),
                      pre.Split(" ", "merged_with_previous"), fallback_decoder())
    made.add_tokens([AddedToken(BLANK * 2, normalized=False), AddedToken("\n\n", normalized=False)])
    return made


def mistral(corpus):
    return characters(corpus, None, pre.Metaspace(BLANK, prepend_scheme="first", split=False),
                      fallback_decoder(decoders.Strip(" ", 1, 0)))


def words_unknown(corpus):
    made = characters(corpus, normalizers.Sequence([
        normalizers.NFKD(), normalizers.Lowercase(), normalizers.Strip()]),
        pre.Whitespace(), decoders.Fuse(), fallback=False, fuse=False)
    made.add_tokens([AddedToken("stra\u00dfe", normalized=True)])
    return made


def fused_unknown(corpus):
    return characters(corpus, normalizers.NFD(), pre.Metaspace(BLANK, prepend_scheme="always"),
                      decoders.Metaspace(BLANK), fallback=False)


def t5(corpus):
    return template(unigram(
        corpus, normalizers.Precompiled(charsmap(RULES)),
        pre.Sequence([pre.WhitespaceSplit(), pre.Metaspace(BLANK, prepend_scheme="always")]),
        decoders.Metaspace(BLANK)))


def unigram_bytes(corpus):
    made = unigram(
        corpus, normalizers.Sequence([normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]),
        pre.Metaspace(BLANK, prepend_scheme="first"),
        fallback_decoder(decoders.Strip(" ", 1, 0)), fallback=True, size=800)
    return made


def unigram_whole(corpus):
    return unigram(corpus, normalizers.Replace(Regex(r"\s"), BLANK),
                   pre.Metaspace(BLANK, prepend_scheme="never", split=False),
                   decoders.Metaspace(BLANK, prepend_scheme="never"), fallback=True, size=800)


KINDS = [gpt2, llama3, qwen2, o200k, falcon, starcoder, deepseek, llama2, gemma, mistral,
         words_unknown, fused_unknown, t5, unigram_bytes, unigram_whole]


def with_text_merges(document):
    """The older spelling of merges."""
    model = document["model"]
    model["merges"] = [" ".join(pair) for pair in model["merges"]]


def train(kind, corpus):
    document = json.loads(kind(corpus).to_str())
    if kind in (llama3, llama2):
        with_text_merges(document)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")) + "\n"


def golden(made, texts):
    ids, decoded, sample = [], [], []
    for begin in range(0, len(texts), BLOCK):
        id_hash = text_hash = 0xCBF29CE484222325
        for index in range(begin, begin + BLOCK):
            found = made.encode(texts[index], add_special_tokens=True).ids
            whole = made.decode(found, skip_special_tokens=False)
            id_hash = hash_of_ids(found, id_hash)
            text_hash = fnv(text_hash, whole.encode() + b"\0")
            if index < SAMPLE:
                sample.append(found)
        ids.append(f"{id_hash:016x}")
        decoded.append(f"{text_hash:016x}")
    return json.dumps({"reference": f"tokenizers {tokenizers.__version__}", "ids": ids,
                       "decoded": decoded, "sample": sample}, separators=(",", ":")) + "\n"


def main():
    only_check = "--check" in sys.argv
    parts = json.loads((FOLDER / "phrases.json").read_text())
    texts = [random_text(parts, index).decode("utf-8", "replace") for index in range(TEXTS)]
    corpus = [text for text in texts[:1500] if "\ufffd" not in text]
    corpus += [phrase for phrases in parts["phrases"] for phrase in phrases] * 20
    failed = 0
    for kind in KINDS:
        path = FOLDER / f"{kind.__name__}.json"
        golden_path = FOLDER / f"{kind.__name__}.golden.json"
        if not only_check:
            path.write_text(train(kind, corpus))
        written = golden(Tokenizer.from_file(str(path)), texts)
        if not only_check:
            golden_path.write_text(written)
        elif golden_path.read_text() != written:
            print(f"{kind.__name__}: the golden differs from what {tokenizers.__version__} gives")
            failed = 1
        print(f"{kind.__name__}: {path.stat().st_size} bytes")
    return failed


if __name__ == "__main__":
    sys.exit(main())
