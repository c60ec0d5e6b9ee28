# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Writes the model directory from a checkpoint and compares it with plain transformers."""

import hashlib

import torch
from safetensors.torch import load_file, save_file

from evaluate import items, matches
from model import CONFIG, Model
from tasks import SKILLS
from text import exam, render
from tokenizer import END, END_OF_TEXT, HERE, Encoder, write_json

SUMMED = ["config.json", "generation_config.json", "model.safetensors", "references.json",
          "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json",
          "tokenizer_golden.json"]


def export(checkpoint):
    """Writes config.json, generation_config.json, model.safetensors and SHA256SUMS."""
    data = torch.load(checkpoint, weights_only=True)
    weights = {n: w.to(torch.bfloat16).contiguous() for n, w in data["weights"].items()}
    save_file(weights, str(HERE / "model.safetensors"), metadata={"format": "pt"})
    (HERE / "model.safetensors").chmod(0o644)
    write_json("config.json", CONFIG)
    write_json("generation_config.json", {"do_sample": False, "eos_token_id": [END, END_OF_TEXT],
                                          "pad_token_id": END_OF_TEXT, "max_length": 2048})
    sums()
    print(f"exported {data['state']['tokens']} trained tokens, "
          f"{(HERE / 'model.safetensors').stat().st_size} bytes")


def sums():
    """Writes SHA256SUMS over the files that are shipped."""
    lines = [f"{hashlib.sha256((HERE / name).read_bytes()).hexdigest()}  {name}\n"
             for name in SUMMED if (HERE / name).exists()]
    (HERE / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def exported():
    """Our own model with the shipped weights."""
    model = Model()
    shipped = load_file(str(HERE / "model.safetensors"))
    with torch.no_grad():
        for name, w in model.weights.items():
            w.copy_(shipped[name])
    return model


def transformers_model():
    """(model in fp32 arithmetic over the bf16 weights, tokenizer) as transformers loads them."""
    from transformers import AutoModelForCausalLM, AutoTokenizer
    model = AutoModelForCausalLM.from_pretrained(str(HERE), dtype=torch.float32,
                                                 attn_implementation="eager")
    return model.eval(), AutoTokenizer.from_pretrained(str(HERE))


def rendered(tokenizer, messages, tools):
    """(text, ids) of a prompt as transformers' apply_chat_template makes them."""
    arguments = {"tools": tools or None, "add_generation_prompt": True}
    text = tokenizer.apply_chat_template(messages, tokenize=False, **arguments)
    ids = tokenizer.apply_chat_template(messages, tokenize=True, return_dict=True, **arguments)
    return text, list(ids["input_ids"])


def check(count=4, seed=5):
    """Template against generator, and greedy generation against the teacher-forced verdict."""
    model, tokenizer = transformers_model()
    own, encoder = exported(), Encoder()
    different, compared, agreed = 0, 0, 0
    for skill in SKILLS:
        right = matches(own, items(encoder, skill, count, seed), torch.float32)
        for item, verdict in zip(exam(skill, count, seed), right):
            tools = item.get("tools", [])
            text, ids = rendered(tokenizer, item["messages"], tools)
            want = "".join(t for t, _ in render(item["messages"], tools, prompt=True))
            different += text != want or ids != encoder.ids(want)
            out = model.generate(torch.tensor([ids]), max_new_tokens=64, max_length=None,
                                 do_sample=False)
            answer = tokenizer.decode(out[0, len(ids):], skip_special_tokens=True)
            compared += 1
            agreed += (answer == item["answer"]) == verdict
    print(f"template: {different} of {compared} prompts differ from the generator's rendering")
    print(f"generate: {agreed} of {compared} verdicts equal the teacher-forced ones")
    return different == 0 and agreed >= compared - 1
