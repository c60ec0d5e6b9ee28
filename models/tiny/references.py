# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Recordings of transformers and tokenizers that other implementations are tested against."""

import json
import random

import torch

from export import rendered, sums, transformers_model
from text import Conversation, exam
from tokenizer import END, END_OF_TEXT, HERE, MARKS, SPECIAL, Encoder, write_json

GAP = 0.5  # logits; a smaller distance to the second best token could flip in other arithmetic
NEW_TOKENS = 64

# (skill, how many): what is not examined by name follows in SPOKEN.
MIXTURE = [("fact", 3), ("unknown", 2), ("name", 3), ("name_dog", 1), ("name_home", 1),
           ("tool_weather", 1), ("tool_add", 1), ("tool_search", 1), ("tool_message", 1),
           ("tool_other", 1), ("tool_result", 2), ("no_tool", 1), ("system", 1), ("brief", 1),
           ("code", 1), ("needle300", 1), ("needle600", 1), ("needle1000", 1), ("needle1600", 1)]
SPOKEN = [
    ["Hello!"], ["Who are you?"], ["What is the capital of France?"],
    ["Hi!", "My name is Ada.", "What is my name?"],
    ["What is 3 + 4?", "Thank you!"],
]


@torch.no_grad()
def greedy(model, ids):
    """(new ids with the end, smallest distance between the best and the second best logit)."""
    out, gap, past, step = [], float("inf"), None, torch.tensor([ids])
    while len(out) < NEW_TOKENS:
        result = model(input_ids=step, past_key_values=past, use_cache=True)
        past = result.past_key_values
        best = result.logits[0, -1].topk(2)
        gap = min(gap, (best.values[0] - best.values[1]).item())
        out.append(best.indices[0].item())
        if out[-1] in (END, END_OF_TEXT):
            break
        step = torch.tensor([[out[-1]]])
    return out, gap


def candidates(seed):
    """Yields lists of (skill, messages, tools, answer); one of each is to be recorded."""
    for turns in SPOKEN:
        yield [("chat", turns, [], None)]
    for skill, count in MIXTURE:
        spare = exam(skill, 4 * count, seed)
        for i in range(count):
            yield [(skill, item["messages"], item.get("tools", []), item["answer"])
                   for item in spare[4 * i:4 * i + 4]]


def record(model, tokenizer, skill, messages, tools):
    """One recording; messages given as plain texts are the user's, answered by the model."""
    smallest = float("inf")
    if isinstance(messages[0], str):
        turns, messages = messages, []
        for turn in turns[:-1]:
            messages.append({"role": "user", "content": turn})
            _, ids = rendered(tokenizer, messages, tools)
            out, gap = greedy(model, ids)
            smallest = min(smallest, gap)
            messages.append({"role": "assistant",
                             "content": tokenizer.decode(out, skip_special_tokens=True)})
        messages.append({"role": "user", "content": turns[-1]})
    prompt, ids = rendered(tokenizer, messages, tools)
    out, gap = greedy(model, ids)
    return {"skill": skill, "messages": messages, "tools": tools, "prompt": prompt,
            "prompt_ids": ids, "answer_ids": out,
            "answer": tokenizer.decode(out, skip_special_tokens=True),
            "finish": "stop" if out[-1] in (END, END_OF_TEXT) else "length",
            "smallest_gap": round(min(gap, smallest), 4)}


def references(seed=11):
    """Writes references.json."""
    model, tokenizer = transformers_model()
    kept, dropped = [], 0
    for choices in candidates(seed):
        for skill, messages, tools, answer in choices:
            one = record(model, tokenizer, skill, messages, tools)
            if one["smallest_gap"] >= GAP and answer in (None, one["answer"]):
                kept.append(one)
                break
            dropped += 1
    value = {"about": "Greedy answers of transformers in fp32 arithmetic over the bf16 weights.",
             "gap": GAP, "max_new_tokens": NEW_TOKENS, "conversations": kept}
    text = json.dumps(value, ensure_ascii=False, indent=None, separators=(",", ":"))
    (HERE / "references.json").write_text(text.replace('{"skill"', '\n{"skill"') + "\n",
                                          encoding="utf-8")
    sums()
    print(f"{len(kept)} conversations recorded, {dropped} dropped; smallest gap "
          f"{min(one['smallest_gap'] for one in kept)}")


def strings():
    """Texts that are hard for a tokenizer."""
    rng = random.Random(23)
    out = ["", " ", "  ", "\n", "\r\n", "\t", " \n ", "a", "A", " a", " A", "  a", "  A", "0",
           " 0", "1234567890", "3.14159", "-1e-5", "a1b2", "Hello, world!", "HELLO WORLD",
           "HelloWorld", "helloWorld", "snake_case_name", "don't I'll we're", "...", "?!?!", "--",
           "a\r\nb\r\n\r\nc", "tab\there", "line\nline\n\n\nline", "   leading", "trailing   ",
           "many     blanks    inside", "\u00a0no\u00a0break", "\u2003em\u2003blank", "\u3000wide",
           "zero\u200bwidth", "\ufeffbom", "\u0000nul", "\u0001\u0002\u001f\u007f", "\x1b[31mred",
           "na\u00efve caf\u00e9", "nai\u0308ve cafe\u0301", "\u00c4rger \u00d6l \u00dcber \u00df",
           "\u0141\u00f3d\u017a Praha \u010cesk\u00fd", "\u01c5 titlecase \u01c8",
           "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
           "\u0393\u03b5\u03b9\u03ac \u03c3\u03bf\u03c5 \u039a\u03cc\u03c3\u03bc\u03b5",
           "\u05e9\u05dc\u05d5\u05dd \u05e2\u05d5\u05dc\u05dd",
           "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643",
           "\u0928\u092e\u0938\u094d\u0924\u0947 \u0926\u0941\u0928\u093f\u092f\u093e",
           "\u09b9\u09cd\u09af\u09be\u09b2\u09cb", "\u0bb5\u0ba3\u0b95\u0bcd\u0b95\u0bae\u0bcd",
           "\u0e2a\u0e27\u0e31\u0e2a\u0e14\u0e35\u0e0a\u0e32\u0e27\u0e42\u0e25\u0e01",
           "\u4f60\u597d\uff0c\u4e16\u754c\uff01",
           "\u3053\u3093\u306b\u3061\u306f \u30ab\u30bf\u30ab\u30ca \u6f22\u5b57",
           "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4", "\u1112\u1161\u11ab",
           "\u10d2\u10d0\u10db\u10d0\u10e0\u10ef\u10dd\u10d1\u10d0", "\u0532\u0561\u0580\u0587",
           "\u12a0\u121b\u122d\u129b", "\u13a0\u13a1 \uab70", "\u1e9e \u017f \u212a",
           "\u0661\u0662\u0663 \u0967\u0968\u0969 \u00bd \u00b2 \u2163 \u3007",
           "\U0001d7d8\U0001d7d9", "\U0001f600", "\U0001f44d\U0001f3fd ok",
           "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1e9\U0001f1ea flags",
           "\u2764\ufe0f", "x\U0001d400y\U0001d41a", "\U00010400\U00010428 deseret",
           "\u0300\u0301 marks alone", "e\u0301\u0302\u0303", "\u20ac5 \u00a35 $5",
           "a\u2028b\u2029c", "a\u0085b", "a\x0bb\x0cc",
           "http://localhost:8000/v1/models?a=1&b=2#c", "user@example.org",
           "{\"a\": [1, 2.5, null]}", "<b>bold</b>", "// comment /* x */",
           "if (a != b) { return -1; }", "\\n \\t \\\\", "`code`", "\ufffd replaced",
           "\U0010ffff last", "\ud7ff\ue000 edges", "\u00ad soft", "\u202eright\u202c"]
    for mark in SPECIAL + MARKS:
        out += [mark, f"a{mark}b", f" {mark} ", f"{mark}{mark}", mark[:-1], mark[1:],
                f"x {mark}\ny", mark.upper(), mark.replace("|", " |")]
    out += ["<|im_start|>user\nHello!<|im_end|>\n<|im_start|>assistant\n",
            "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": 2}}\n</tool_call>",
            "<<|im_end|>>", "<|im_end|", "|im_end|>", "<|im_<|im_end|>end|>"]
    pool = [" ", " ", "\n", "\t", "A", "b", "c", "Z", "9", "0", ".", "'", "\"", "_", "\u00e9",
            "\u00c9", "\u4e2d", "\u0639", "\U0001f642", "\u0301", "\u01c5", "\u02b0", "\r",
            "\u00a0", "-", "<|im_end|>"]
    for _ in range(90):
        out.append("".join(rng.choice(pool) for _ in range(rng.randint(2, 14))))
    for low, high in [(0x20, 0x17f), (0x370, 0x5ff), (0x900, 0xdff), (0x2000, 0x2bff),
                      (0x3040, 0x9fff), (0xa000, 0xd7ff), (0xe000, 0xffff), (0x10000, 0x1ffff)]:
        for _ in range(6):
            out.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(3, 9))))
    for i in range(20):
        talk = Conversation(random.Random(f"golden/{i}"))
        out.append(" ".join(talk.sentence() if i % 2 else talk.name() for _ in range(1 + i % 4)))
    return out


def tokenizer_golden():
    """Writes tokenizer_golden.json: strings, their ids, and the decoded ids."""
    encoder = Encoder()
    cases = []
    for text in strings():
        ids = encoder.ids(text)
        cases.append({"text": text, "ids": ids,
                      "decoded": encoder.tokenizer.decode(ids, skip_special_tokens=False),
                      "without_special": encoder.tokenizer.decode(ids, skip_special_tokens=True)})
    wrong = [case["text"] for case in cases if case["decoded"] != case["text"]]
    write_lines("tokenizer_golden.json", cases)
    sums()
    print(f"{len(cases)} strings, {len(wrong)} do not come back: {wrong}")


def write_lines(name, cases):
    """A JSON array with one case a line, pure ASCII so that no editor changes a control sign."""
    lines = ",\n".join(json.dumps(case, ensure_ascii=True) for case in cases)
    (HERE / name).write_text(f"[\n{lines}\n]\n", encoding="utf-8")
