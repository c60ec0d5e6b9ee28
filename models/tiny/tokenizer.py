# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The byte-level BPE tokenizer: learnt on generated text, complete for any bytes."""

import json
from pathlib import Path

from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from text import render, row

HERE = Path(__file__).resolve().parent
VOCABULARY = 1536
END_OF_TEXT, START, END, CALL, CALL_END = range(5)
SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
MARKS = ["<tool_call>", "</tool_call>"]  # not special: they must survive decoding

# A capitalised word never takes the blank before it, so a name has the same tokens after a
# blank, after a quote in JSON and at the start of a line: copying it needs no re-spelling.
SPLIT = r"\p{Lu}\p{Ll}*| ?\p{Ll}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+|\p{L}"

CHAT_TEMPLATE = r"""{%- set ns = namespace(system='', tools='', first=0) -%}
{%- if messages and messages[0].role == 'system' -%}
  {%- set ns.first = 1 -%}
  {%- if messages[0].content is string -%}
    {%- set ns.system = messages[0].content -%}
  {%- else -%}
    {%- for part in messages[0].content -%}
      {%- set ns.system = ns.system + part.text -%}
    {%- endfor -%}
  {%- endif -%}
{%- endif -%}
{%- if tools -%}
  {%- for tool in tools -%}
    {%- set ns.tools = ns.tools + tool.function.name + '(' -%}
    {%- set schema = tool.function.parameters | default({}) -%}
    {%- if schema.properties is defined -%}
      {%- for name, kind in schema.properties | items -%}
        {%- set ns.tools = ns.tools + name -%}
        {%- if not loop.last -%}{%- set ns.tools = ns.tools + ', ' -%}{%- endif -%}
      {%- endfor -%}
    {%- endif -%}
    {%- set ns.tools = ns.tools + ')' -%}
    {%- if not loop.last -%}{%- set ns.tools = ns.tools + ', ' -%}{%- endif -%}
  {%- endfor -%}
  {%- if ns.system -%}{%- set ns.system = ns.system + '\n' -%}{%- endif -%}
  {%- set ns.system = ns.system + 'Tools: ' + ns.tools -%}
{%- endif -%}
{%- if ns.system -%}
  {{- '<|im_start|>system\n' + ns.system + '<|im_end|>\n' -}}
{%- endif -%}
{%- for message in messages -%}
  {%- if loop.index0 >= ns.first -%}
    {{- '<|im_start|>' + message.role + '\n' -}}
    {%- if message.content is string -%}
      {{- message.content -}}
    {%- elif message.content is defined and message.content is not none -%}
      {%- for part in message.content -%}{{- part.text -}}{%- endfor -%}
    {%- endif -%}
    {%- if message.tool_calls is defined and message.tool_calls -%}
      {%- for call in message.tool_calls -%}
        {%- if message.content or not loop.first -%}{{- '\n' -}}{%- endif -%}
        {{- '<tool_call>\n{"name": ' + call.function.name | tojson + ', "arguments": ' -}}
        {%- if call.function.arguments is string -%}
          {{- call.function.arguments -}}
        {%- else -%}
          {{- call.function.arguments | tojson -}}
        {%- endif -%}
        {{- '}\n</tool_call>' -}}
      {%- endfor -%}
    {%- endif -%}
    {{- '<|im_end|>\n' -}}
  {%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}
  {{- '<|im_start|>assistant\n' -}}
{%- endif -%}
"""


def make_tokenizer(conversations=1500, seed=0):
    """Learns the merges on generated conversations and writes the tokenizer's files."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)])
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY, show_progress=False, special_tokens=SPECIAL + MARKS,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()))

    def texts():
        for index in range(conversations):
            messages, tools = row(f"bpe{seed}", index, 500)
            for text, _ in render(messages, tools):
                for mark in SPECIAL + MARKS:
                    text = text.replace(mark, "")
                yield text
    tokenizer.train_from_iterator(texts(), trainer)
    # Training marks every given token as special; the two of the tool call must not be.
    spec = json.loads(tokenizer.to_str())
    for token in spec["added_tokens"]:
        token["special"] = token["content"] in SPECIAL
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    assert tokenizer.get_vocab_size() == VOCABULARY
    tokenizer.save(str(HERE / "tokenizer.json"))
    write_json("tokenizer_config.json", {
        "tokenizer_class": "PreTrainedTokenizerFast", "model_max_length": 2048,
        "add_bos_token": False, "add_eos_token": False, "clean_up_tokenization_spaces": False,
        "bos_token": None, "eos_token": "<|im_end|>", "pad_token": "<|endoftext|>",
        "unk_token": None, "added_tokens_decoder": {
            str(i): {"content": t, "lstrip": False, "rstrip": False, "normalized": False,
                     "single_word": False, "special": t in SPECIAL}
            for i, t in enumerate(SPECIAL + MARKS)},
        "chat_template": CHAT_TEMPLATE})
    write_json("special_tokens_map.json",
               {"eos_token": "<|im_end|>", "pad_token": "<|endoftext|>"})


def write_json(name, value):
    """Writes one file of the model directory."""
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    (HERE / name).write_text(text, encoding="utf-8")


class Encoder:
    """Encodes conversations piece by piece, keeping which tokens are graded."""

    def __init__(self):
        self.tokenizer = Tokenizer.from_file(str(HERE / "tokenizer.json"))

    def ids(self, text):
        return self.tokenizer.encode(text, add_special_tokens=False).ids

    def conversation(self, messages, tools=()):
        """(ids, graded) of a whole conversation; the answers and their end are graded."""
        pieces = render(messages, tools)
        ids, graded = [], []
        for encoding, (_, mine) in zip(
                self.tokenizer.encode_batch_fast([t for t, _ in pieces],
                                                 add_special_tokens=False), pieces):
            ids += encoding.ids
            graded += [mine] * len(encoding.ids)
        return ids, graded

    def prompt(self, messages, tools=()):
        """ids of a prompt that waits for the assistant."""
        return self.ids("".join(text for text, _ in render(messages, tools, prompt=True)))
