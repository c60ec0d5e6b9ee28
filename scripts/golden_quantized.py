#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Makes test/goldens/quantized/<format>.json: what others read in tiny quantized checkpoints.

    python3 -m venv venv && venv/bin/pip install torch==2.11.0 transformers==5.12.1 accelerate \
        compressed-tensors==0.20.0 pillow psutil && BUILD_CUDA_EXT=0 venv/bin/pip install --no-deps \
        gptqmodel==7.7.0 device-smi tokenicer logbar pypcre defuser threadpoolctl
    venv/bin/python scripts/golden_quantized.py [format ...]

A file holds config.json, names, types, shapes and makings of the stored tensors (codes and scales
come from the hash of golden_models/weights.py), a sum over the bits of each matrix as the project
that the format belongs to widens it to fp32, and transformers' logits on those weights. The test is
test/conformance/model/quantized_test.cpp. "codes" is test/unit/model/quantized_codes.json:
what torch and transformers make of every fp8, fp4 and e8m0 code.
"""

import base64
import json
import os
import pathlib
import sys
import tempfile

os.environ["CUDA_VISIBLE_DEVICES"] = ""
HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE / "golden_models"))

import numpy as np
import safetensors.torch
import torch
import transformers
import families
import weights

TARGET = HERE.parent / "test" / "goldens" / "quantized"
CODES = HERE.parent / "test" / "unit" / "model" / "quantized_codes.json"
SEED = 1
PROMPT_TOKENS = 24
POSITIONS = [0, 9, 23]
TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I32": torch.int32,
         "I8": torch.int8, "U8": torch.uint8, "F8_E4M3": torch.float8_e4m3fn}
SIZES = dict(vocab_size=192, hidden_size=256, intermediate_size=384, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, head_dim=32,
             max_position_embeddings=128, tie_word_embeddings=False, bos_token_id=0,
             eos_token_id=1, pad_token_id=None)
PLAIN = "model.layers.1.self_attn.o_proj"  # Listed as not converted.


def numbers(kind, shape, center, spread, shift=0):
    """(center + spread * u) / 1024 / 2^shift, as bf16 holds it, in a type of floats."""
    return [kind, list(shape), "numbers", center, spread, shift]


def bits(kind, shape, mask, plus=0):
    """The low bits of a draw under a mask, plus a number, as an unsigned integer of the type."""
    return [kind, list(shape), "bits", mask, plus, 0]


def turned(count, factor, group):
    """Column i is of group (i * factor % count) / group."""
    return ["I32", [count], "turned", factor, group, 0]


def values(name, kind, shape, how, a, b, c):
    count = int(np.prod(shape)) if shape else 1
    if how == "numbers":
        made = torch.from_numpy(weights.values(SEED, name, count, a, b).astype(np.float32))
        made = (made / 2**c).to(TYPES[kind])
    elif how == "turned":
        made = torch.from_numpy(np.arange(count) * a % count // b).to(torch.int32)
    else:
        raw = (weights.draws(SEED, name, count) & np.uint64(a)) + np.uint64(b)
        width = {"I32": np.uint32}.get(kind, np.uint8)
        made = torch.from_numpy(raw.astype(width).view(np.dtype(f"i{width().itemsize}")).copy())
        made = made.view(TYPES[kind])
    return made.reshape(shape)


def llama_shapes(sizes):
    hidden, inner = sizes["hidden_size"], sizes["intermediate_size"]
    q = sizes["num_attention_heads"] * sizes["head_dim"]
    kv = sizes["num_key_value_heads"] * sizes["head_dim"]
    parts = {"self_attn.q_proj": (q, hidden), "self_attn.k_proj": (kv, hidden),
             "self_attn.v_proj": (kv, hidden), "self_attn.o_proj": (hidden, q),
             "mlp.gate_proj": (inner, hidden), "mlp.up_proj": (inner, hidden),
             "mlp.down_proj": (hidden, inner)}
    return {f"model.layers.{i}.{name}": shape for i in range(sizes["num_hidden_layers"])
            for name, shape in parts.items()}


def plain_tensors(sizes):
    """All but the linear layers."""
    hidden, vocab = sizes["hidden_size"], sizes["vocab_size"]
    out = {"model.embed_tokens.weight": numbers("F32", (vocab, hidden), 0, 1024),
           "model.norm.weight": numbers("F32", (hidden,), 1024, 128),
           "lm_head.weight": numbers("F32", (vocab, hidden), 0, 256)}
    for i in range(sizes["num_hidden_layers"]):
        for norm in ("input_layernorm", "post_attention_layernorm"):
            out[f"model.layers.{i}.{norm}.weight"] = numbers("F32", (hidden,), 1024, 128)
    return out


def llama(quantization, linear, **sizes):
    """`linear(module, rows, cols)` yields the stored tensors of a module."""
    sizes = {**SIZES, **sizes}
    config = transformers.LlamaConfig(**sizes, rms_norm_eps=1e-5)
    config.architectures = ["LlamaForCausalLM"]
    tensors = plain_tensors(sizes)
    for module, (rows, cols) in llama_shapes(sizes).items():
        if module == PLAIN:
            tensors[module + ".weight"] = numbers("F32", (rows, cols), 0, 128)
        else:
            tensors.update(linear(module, rows, cols))
    return {**json.loads(config.to_json_string()), "quantization_config": quantization}, tensors


def write(folder, config, tensors):
    (pathlib.Path(folder) / "config.json").write_text(json.dumps(config))
    made = {name: values(name, *how) for name, how in tensors.items()}
    safetensors.torch.save_file(made, folder + "/model.safetensors", {"format": "pt"})
    return made


def plain_logits(config, state, prompt):
    """Of the model in fp32 with these weights; nothing of the quantization is left."""
    kind = getattr(transformers, config["architectures"][0])
    settings = {k: v for k, v in config.items() if k != "quantization_config"}
    model = kind(kind.config_class(**settings, attn_implementation="eager")).float().eval()
    missing, unexpected = model.load_state_dict(state, strict=False)
    if unexpected or missing:
        raise RuntimeError(f"{missing} {unexpected}")
    return model(input_ids=torch.tensor([prompt]), use_cache=False).logits[0]


# By transformers' own reading of the directory.

def read_by_transformers(config, folder, **options):
    kind = getattr(transformers, config["architectures"][0])
    model = kind.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager",
                                 experts_implementation="eager", **options)
    return {name: tensor.float() for name, tensor in model.state_dict().items()}


def read_fp8(config, folder, _):
    options = transformers.FineGrainedFP8Config(dequantize=True, weight_block_size=(128, 128))
    return read_by_transformers(config, folder, quantization_config=options)


def read_compressed(config, folder, _):
    options = transformers.CompressedTensorsConfig(run_compressed=False)
    state = read_by_transformers(config, folder, quantization_config=options)
    return {name: tensor for name, tensor in state.items() if not name.endswith("_scale")}


def read_mxfp4(config, folder, _):
    return read_by_transformers(config, folder,
                                quantization_config=transformers.Mxfp4Config(dequantize=True))


# By GPTQModel's reference in torch, with scales in fp32 so that no product is rounded to fp16.

def read_packed(_, __, made, dequantized):
    state = {name: t for name, t in made.items()
             if not name.endswith((".qweight", ".qzeros", ".scales", ".g_idx"))}
    for name in made:
        if name.endswith(".qweight"):
            module = name.removesuffix(".qweight")
            state[module + ".weight"] = dequantized(
                {part: made.get(f"{module}.{part}") for part in
                 ("qweight", "qzeros", "scales", "g_idx")}).T.contiguous()
    return state


def read_awq(config, folder, made):
    from gptqmodel.quantization.awq.utils.packing_utils import dequantize_gemm

    return read_packed(config, folder, made, lambda p: dequantize_gemm(
        p["qweight"], p["qzeros"], p["scales"].float(), 4, 128))


def read_gptq(config, folder, made):
    from gptqmodel.nn_modules.qlinear.torch import TorchLinear
    from gptqmodel.utils.model import convert_gptq_v1_to_v2_format_module

    quantization = config["quantization_config"]

    def dequantized(parts):
        module = TorchLinear(bits=4, group_size=128, sym=False, desc_act=quantization["desc_act"],
                             in_features=parts["qweight"].shape[0] * 8,
                             out_features=parts["qweight"].shape[1], bias=False,
                             pack_dtype=torch.int32, register_buffers=True)
        for part, tensor in parts.items():
            setattr(module, part, tensor.clone())
        module.scales = module.scales.float()
        module.dequant_dtype = torch.int32
        if quantization["checkpoint_format"] == "gptq":
            convert_gptq_v1_to_v2_format_module(module, 4, torch.int32)
        module.post_init()
        return module.dequantize_weight()

    return read_packed(config, folder, made, dequantized)


def scaled(codes, scale, rows_apart=None, cols_apart=None, ending=".weight_scale"):
    """Codes of one byte and a scale for blocks of rows_apart x cols_apart; None: for all."""
    def linear(module, rows, cols):
        grid = (-(-rows // (rows_apart or rows)), -(-cols // (cols_apart or cols)))
        kind, mask, plus = codes
        yield module + ".weight", bits(kind, (rows, cols), mask, plus)
        kind, center, spread, shift = scale
        yield module + ending, numbers(kind, grid if rows_apart else (1,), center, spread, shift)
    return linear


def int4(layout, zeros_mask, zeros_plus=0, factor=1):
    def linear(module, rows, cols):
        packed = (cols, rows // 8) if layout == "awq" else (cols // 8, rows)
        yield module + ".qweight", bits("I32", packed, 0xffffffff)
        yield module + ".qzeros", bits("I32", (cols // 128, rows // 8), zeros_mask, zeros_plus)
        yield module + ".scales", numbers("F16", (cols // 128, rows), 20, 6)
        if layout == "gptq":
            yield module + ".g_idx", turned(cols, factor, 128)
    return linear


def packed_mxfp4(module, rows, cols):
    yield module + ".weight_packed", bits("U8", (rows, cols // 2), 0xff)
    yield module + ".weight_scale", bits("U8", (rows, cols // 32), 3, 121)


def compressed(form, activations=None, **how):
    """Activations that are to be quantized do not concern how weights are read."""
    each = activations and {"symmetric": True, "dynamic": True, "strategy": "token", "num_bits": 8,
                            "type": activations}
    return {"quant_method": "compressed-tensors", "format": form,
            "quantization_status": "compressed", "ignore": ["lm_head", PLAIN],
            "config_groups": {"group_0": {"targets": ["Linear"], "input_activations": each,
                                          "output_activations": None,
                                          "weights": {"symmetric": True, "dynamic": False, **how}}}}


def gpt_oss():
    sizes = {**SIZES, "hidden_size": 64, "intermediate_size": 96, "num_local_experts": 5,
             "num_experts_per_tok": 2, "sliding_window": 17,
             "rope_parameters": families.yarn_rope(truncate=False)}
    config = transformers.GptOssConfig(**sizes)
    with tempfile.TemporaryDirectory() as folder:
        transformers.GptOssForCausalLM(config).save_pretrained(folder)
        with safetensors.safe_open(folder + "/model.safetensors", "np") as file:
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}
        config = json.loads((pathlib.Path(folder) / "config.json").read_text())
    blank = type("", (), {"scales": {}, "norm_adds_one": False, "is_tied": False})()
    tensors = {}
    for name, shape in shapes.items():
        if len(shape) == 3:  # Stored inputs first where it is not quantized.
            experts, inputs, outputs = shape
            tensors[name + "_blocks"] = bits("U8", (experts, outputs, inputs // 32, 16), 0xff)
            tensors[name + "_scales"] = bits("U8", (experts, outputs, inputs // 32), 3, 122)
        else:
            tensors[name] = numbers("BF16", shape, *weights.scale_of(name, shape, blank))
    config["quantization_config"] = {
        "quant_method": "mxfp4", "modules_to_not_convert": [
            "model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens",
            "lm_head"]}
    return config, tensors


FP8 = ("F8_E4M3", 0xbf, 0)  # Exponents up to 1, both signs; the unit test has all codes.
CT8 = dict(num_bits=8, type="float")
GPTQ = dict(quant_method="gptq", bits=4, group_size=128, sym=False)


def formats():
    fp8 = {"quant_method": "fp8", "activation_scheme": "dynamic", "fmt": "e4m3",
           "weight_block_size": [128, 128], "modules_to_not_convert": ["lm_head", PLAIN]}
    yield "fp8_block", read_fp8, llama(
        fp8, scaled(FP8, ("F32", 213, 60, 0), 128, 128, ".weight_scale_inv"), head_dim=64)
    yield "fp8_tensor", read_compressed, llama(
        compressed("float-quantized", strategy="tensor", **CT8),
        scaled(FP8, ("F32", 213, 60, 0)))
    yield "fp8_channel", read_compressed, llama(
        compressed("float-quantized", "float", strategy="channel", **CT8),
        scaled(FP8, ("F32", 213, 60, 0), 1, 1 << 20))
    # The last blocks are cut by the matrix's edges.
    yield "fp8_compressed_block", read_compressed, llama(
        compressed("float-quantized", strategy="block", block_structure=[128, 128], **CT8),
        scaled(FP8, ("F32", 213, 60, 0), 128, 128), intermediate_size=320, hidden_size=192)
    yield "int8_channel", read_compressed, llama(
        compressed("int-quantized", "int", strategy="channel", num_bits=8, type="int"),
        scaled(("I8", 0xff, 0), ("F32", 440, 120, 8), 1, 1 << 20))
    yield "mxfp4_compressed", read_compressed, llama(
        compressed("mxfp4-pack-quantized", strategy="group", group_size=32, num_bits=4,
                   type="float", scale_dtype="torch.uint8"), packed_mxfp4)
    yield "mxfp4_gpt_oss", read_mxfp4, gpt_oss()
    yield "awq", read_awq, llama(
        {"quant_method": "awq", "bits": 4, "group_size": 128, "zero_point": True,
         "version": "gemm", "modules_to_not_convert": [PLAIN]}, int4("awq", 0xffffffff))
    zeros = (0x33333333, 0x66666666)  # One of 15 is 16 or 0, depending on who reads.
    yield "gptq", read_gptq, llama(
        {**GPTQ, "desc_act": False, "checkpoint_format": "gptq"}, int4("gptq", *zeros))
    yield "gptq_act_order", read_gptq, llama(
        {**GPTQ, "desc_act": True, "checkpoint_format": "gptq"}, int4("gptq", *zeros, 77))
    yield "gptq_v2", read_gptq, llama(
        {**GPTQ, "desc_act": True, "checkpoint_format": "gptq_v2"}, int4("gptq", 0xffffffff, 0, 53))


def is_widened(name, tensors):
    return name not in tensors or tensors[name][0] in ("F8_E4M3", "I8")


def sum_of(tensor):
    """Over the bits of each fp32 number times its odd place, modulo 2^64."""
    raw = tensor.contiguous().numpy().view(np.uint32).reshape(-1).astype(np.uint64)
    with np.errstate(over="ignore"):
        places = np.arange(len(raw), dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        return format(int((raw * places).sum(dtype=np.uint64)), "016x")


def outputs_first(tensor):
    return tensor.transpose(1, 2) if tensor.dim() == 3 else tensor


def make(name, read, config, tensors):
    prompt = weights.tokens(SEED, PROMPT_TOKENS, config["vocab_size"])
    with tempfile.TemporaryDirectory() as folder:
        made = write(folder, config, tensors)
        state = {n: t.float() for n, t in read(config, folder, made).items()}
    logits = plain_logits(config, state, prompt)
    print(name, "logits", float(logits.std()), [int(i) for i in logits.argmax(-1)][:12])
    document = {
        "seed": SEED, "config": config,
        "tensors": [[n, *how] for n, how in sorted(tensors.items())],
        "matrices": [[n, sum_of(outputs_first(t))] for n, t in sorted(state.items())
                     if is_widened(n, tensors)],
        "prompt": prompt, "positions": POSITIONS,
        "logits": [base64.b64encode(logits[i].numpy().tobytes()).decode() for i in POSITIONS]}
    lines = [f"{json.dumps(key)}: " + (
        "[\n" + ",\n".join(json.dumps(row) for row in part) + "\n]"
        if isinstance(part, list) and key not in ("prompt", "positions") else json.dumps(part))
        for key, part in document.items()]
    (TARGET / (name + ".json")).write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def make_codes():
    from transformers.integrations.mxfp4 import FP4_VALUES

    every = torch.arange(256).to(torch.uint8)
    tables = {"e4m3": every.view(torch.float8_e4m3fn), "e2m1": torch.tensor(FP4_VALUES),
              "e8m0": every.view(torch.float8_e8m0fnu)}
    CODES.write_text(json.dumps({
        name: base64.b64encode(table.float().numpy().tobytes()).decode()
        for name, table in tables.items()}, indent=0) + "\n", encoding="utf-8")


@torch.no_grad()
def main():
    TARGET.mkdir(parents=True, exist_ok=True)
    wanted = sys.argv[1:]
    if not wanted or "codes" in wanted:
        make_codes()
    for name, read, (config, tensors) in formats():
        if not wanted or name in wanted:
            make(name, read, config, tensors)


if __name__ == "__main__":
    main()
