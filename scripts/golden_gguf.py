#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Writes test/unit/model/gguf_golden.json: blocks, names and a file by the reference in Python.

The tests hold engine/model/gguf* to them. Needs numpy and gguf from PyPI.
"""

import json
import pathlib
import sys
import tempfile

import gguf
import numpy

TARGET = pathlib.Path(__file__).parent.parent / "test" / "unit" / "model" / "gguf_golden.json"
READ = ["F32", "F16", "Q4_0", "Q8_0", "Q4_K", "Q6_K", "BF16"]
WRITTEN = ["Q4_0", "Q8_0"]
# Where the f16 scales lie in a block: random bytes there would be infinities.
SCALES_AT = {"Q4_0": [0], "Q8_0": [0], "Q4_K": [0, 2], "Q6_K": [208]}
ARCHITECTURES = {"llama": gguf.MODEL_ARCH.LLAMA, "qwen2": gguf.MODEL_ARCH.QWEN2,
                 "qwen3": gguf.MODEL_ARCH.QWEN3}
HF_NAMES = ["model.embed_tokens", "model.norm", "lm_head"] + [
    "model.layers.1." + part for part in [
        "input_layernorm", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
        "self_attn.o_proj", "self_attn.q_norm", "self_attn.k_norm", "post_attention_layernorm",
        "mlp.gate_proj", "mlp.up_proj", "mlp.down_proj"]]


def type_of(name):
    return gguf.GGMLQuantizationType[name]


def dequantized(name, random):
    elements, size = gguf.GGML_QUANT_SIZES[type_of(name)]
    if name == "F32":
        blocks = random.normal(size=8).astype(numpy.float32).view(numpy.uint8)
    elif elements == 1:
        # Every exponent but that of infinities, subnormals too.
        bits = numpy.arange(0, 0x7c00, 997, dtype=numpy.uint16)
        blocks = numpy.concatenate([bits, bits | 0x8000]).astype(numpy.uint16).view(numpy.uint8)
    else:
        blocks = random.integers(0, 256, size=(3, size), dtype=numpy.uint8)
        for at in SCALES_AT[name]:
            scales = random.normal(scale=0.02, size=(3, 1)).astype(numpy.float16)
            blocks[:, at:at + 2] = scales.view(numpy.uint8)
        blocks = blocks.reshape(-1)
    numbers = gguf.quants.dequantize(blocks, type_of(name)).astype(numpy.float32)
    return {"name": name, "type": int(type_of(name)), "blocks": blocks.tobytes().hex(),
            "numbers": numbers.tobytes().hex()}


def quantized(name, random):
    rows = [random.normal(size=32), random.normal(size=32) * 1e-6, numpy.zeros(32),
            numpy.arange(-16, 16), numpy.arange(16, -16, -1) / 3, numpy.full(32, -0.25)]
    numbers = numpy.stack(rows).astype(numpy.float32)
    blocks = gguf.quants.quantize(numbers, type_of(name))
    return {"name": name, "type": int(type_of(name)), "blocks": blocks.tobytes().hex(),
            "numbers": numbers.tobytes().hex()}


def names():
    out = []
    for architecture, key in ARCHITECTURES.items():
        table = gguf.get_tensor_name_map(key, 2)
        for name in HF_NAMES:
            found = table.get_name(name, try_suffixes=())
            if found is not None:
                out.append([architecture, found + ".weight", name + ".weight"])
    return out


def file(random):
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "a.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        writer.add_block_count(3)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_token_list(["a", "b", "c"])
        writer.add_token_types([1, 1, 3])
        writer.add_add_bos_token(True)
        writer.add_tensor("output_norm.weight", numpy.arange(5, dtype=numpy.float32))
        rows = random.normal(size=(2, 32)).astype(numpy.float32)
        kind = type_of("Q8_0")
        writer.add_tensor("blk.0.attn_q.weight", gguf.quants.quantize(rows, kind), raw_dtype=kind)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path.read_bytes().hex()


def main():
    random = numpy.random.default_rng(1)
    parts = {
        "dequantize": [dequantized(name, random) for name in READ],
        "quantize": [quantized(name, random) for name in WRITTEN],
        "layouts": [[kind.name, int(kind), *gguf.GGML_QUANT_SIZES[kind]]
                    for kind in gguf.GGMLQuantizationType],
        "names": names(),
        "file": file(random),
    }
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET
    lines = []
    for name, part in parts.items():
        rows = ",\n".join(json.dumps(row) for row in part) if isinstance(part, list) else None
        lines.append(json.dumps(name) + ": " + (f"[\n{rows}\n]" if rows else json.dumps(part)))
    target.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")
    print(f"{target.stat().st_size} bytes, {len(parts['names'])} names")


if __name__ == "__main__":
    main()
