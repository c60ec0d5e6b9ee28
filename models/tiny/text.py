#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Generates the conversations that the tiny model is trained on and examined with.

Standard library only, so that a test can make unseen prompts on a bare machine:

    python3 models/tiny/text.py eval --skill needle1000 --count 100 --seed 1

A row of training text is one long conversation of small independent tasks that share a memory
(names told earlier, codes, tools, the system turn), so that nothing has to be padded or masked.
Names, sums and (fact, phrasing) pairs whose crc32 is divisible by ten never appear in training:
the examination draws only from those.
"""

import argparse
import json
import random
import re
import sys
import zlib

from facts import GREETINGS, OPEN_QUESTIONS, SELF, STRANGERS, WHO, facts

UNKNOWN = "I do not know that."
NO_TOOL = "I have no tool for that."
FACTS = list(facts())

TOOLS = {
    "get_weather": ("Current weather of a city", {"city": "string"}),
    "get_time": ("Local time in a city", {"city": "string"}),
    "add": ("Adds two numbers", {"a": "integer", "b": "integer"}),
    "search": ("Searches the library", {"query": "string"}),
    "send_message": ("Sends a message to a person", {"to": "string", "text": "string"}),
    "set_timer": ("Sets a timer", {"minutes": "integer"}),
}
VERBS = "find open close lock check start stop move read print book call".split()
NOUNS = ("door house river garden boat bridge train window tower forest market road lamp stone "
         "table clock wagon kitchen harbour field wall ship mountain cellar barn").split()
ADJECTIVES = ("old small green quiet tall narrow bright heavy empty wooden round cold dusty warm "
              "broken silent yellow distant plain steep").split()
MOVES = "stands lies waits rests shines sleeps appears remains".split()
PLACES = "behind near above below beside under against before".split()
SKIES = "sunny cloudy rainy windy foggy snowy".split()
NEUTRAL = ["You are a helpful assistant.", "You are a friendly assistant.", "Be kind.",
           "You are a helpful AI assistant.", "Answer the user.", "Be polite and helpful.",
           "You are an assistant.", "Help the user."]
BRIEF = ["Be brief.", "Answer briefly.", "Keep your answers short.", "Answer in one word.",
         "Give short answers."]
RUDE = re.compile("[dfs][ui]ck|nig|rape|naz|pen[iu]s|put[ao]|pedo|tit|anus|homo|fag|cum|sex|kkk")
KINDS = {  # what a user may tell: (ways to tell, answer, ways to ask, answer, not told)
    "name": (["My name is {n}.", "I am called {n}.", "Hello, my name is {n}.", "Hi, I am {n}.",
              "You can call me {n}."], "Nice to meet you, {n}!",
             ["What is my name?", "Do you remember my name?", "Who am I?", "Tell me my name.",
              "What am I called?"],
             "Your name is {n}.", "You have not told me your name."),
    "dog": (["My dog is called {n}.", "I have a dog called {n}.", "The name of my dog is {n}."],
            "{n} is a nice name for a dog.",
            ["What is my dog called?", "What is the name of my dog?", "Who is my dog?"],
            "Your dog is called {n}.", "You have not told me about your dog."),
    "home": (["I live in {n}.", "My home is in {n}.", "I come from {n}."], "{n} sounds nice.",
             ["Where do I live?", "Where is my home?", "Where do I come from?"],
             "You live in {n}.", "You have not told me where you live."),
    "friend": (["My best friend is {n}.", "I have a friend called {n}."],
               "I am happy that {n} is your friend.",
               ["Who is my friend?", "What is my friend called?", "Who is my best friend?"],
               "Your friend is {n}.", "You have not told me about your friend."),
}


def held_out(text):
    """Whether a name, sum or pair is kept for the examination; crc32 is the same everywhere."""
    return zlib.crc32(text.encode()) % 10 == 0


def estimate_tokens(text):
    """Roughly the number of tokens, without the tokenizer."""
    pieces = re.findall(r"[A-Z][a-z]*| ?[a-z]+|[0-9]|\s+| ?[^\sA-Za-z0-9]+", text)
    return sum(1 if p[0] not in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" or p == "The" else (len(p) + 2) // 3
               for p in pieces)


class Conversation:
    """One conversation under construction, with what has been told in it."""

    def __init__(self, rng, exam=False):
        self.rng, self.exam = rng, exam
        self.messages, self.tools = [], []
        self.brief, self.persona = False, None
        self.told, self.codes, self.homes = {}, {}, {}

    # -- small words --------------------------------------------------------------------------
    def held(self, text):
        """Whether `text` may be used here: training and examination never share one."""
        return held_out(text) == self.exam

    def fit(self, word):
        """Whether an invented word may be used: not too short, not rude, and on our side."""
        return len(word) > 2 and not RUDE.search(word.lower()) and self.held(word)

    def syllables(self):
        rng = self.rng
        return "".join(rng.choice("bdfghjklmnprstvwz") + rng.choice("aeiou") +
                       rng.choice(["", "", "", "n", "r", "l", "s", "m", "nd", "ck"])
                       for _ in range(rng.choice([1, 2, 2, 2, 3])))

    def word(self):
        """An invented lower-case word."""
        while True:
            word = self.syllables()
            if self.fit(word):
                return word

    def name(self):
        """An invented name; some are random letters, so that copying must not rely on habit."""
        rng = self.rng
        while True:
            if rng.random() < 0.85:
                word = self.syllables()
            else:
                word = "".join(rng.choice("abcdefghijklmnopqrstuvwxyz")
                               for _ in range(rng.randint(3, 7)))
            word = word.capitalize()
            if self.fit(word):
                return word

    def sentence(self):
        rng = self.rng
        return (f"The {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)} {rng.choice(MOVES)} "
                f"{rng.choice(PLACES)} the {rng.choice(ADJECTIVES)} {rng.choice(NOUNS)}.")

    def careless(self, text):
        """Now and then a question as people type it: no capitals, no full stop."""
        roll = self.rng.random()
        if roll < 0.06:
            return text.lower()
        if roll < 0.12:
            return text.lower().rstrip(".?!")
        return text.rstrip(".?!") if roll < 0.15 else text

    # -- turns --------------------------------------------------------------------------------
    def user(self, text):
        self.messages.append({"role": "user", "content": text})

    def reply(self, text, short=None):
        self.messages.append({"role": "assistant",
                              "content": short if self.brief and short else text})

    def call(self, tool, arguments):
        """An assistant turn that calls `tool`, as the API returns it."""
        number = sum("tool_calls" in m for m in self.messages) + 1
        function = {"name": tool, "arguments": json.dumps(arguments)}
        self.messages.append({"role": "assistant", "content": "", "tool_calls": [
            {"id": f"call_{number}", "type": "function", "function": function}]})

    def result(self, value):
        call = self.messages[-1]["tool_calls"][0]["id"]
        self.messages.append({"role": "tool", "tool_call_id": call, "content": json.dumps(value)})

    def opening(self, persona=None, brief=None, tools=None):
        """Writes the system turn; None lets chance decide."""
        rng = self.rng
        words = []
        if persona or (persona is None and rng.random() < 0.12):
            self.persona = self.name()
            words.append(f"{rng.choice(['Your name is', 'You are', 'You are called'])} "
                         f"{self.persona}.")
        elif rng.random() < 0.3:
            words.append(rng.choice(NEUTRAL))
        self.brief = brief if brief is not None else rng.random() < 0.12
        if self.brief:
            words.append(rng.choice(BRIEF))
        if tools is None:
            tools = rng.sample(sorted(TOOLS), rng.randint(1, 4)) if rng.random() < 0.4 else []
            if tools and rng.random() < 0.3:
                tools.insert(rng.randint(0, len(tools)), self.other_tool())
        self.tools = tools
        if words:
            self.messages.append({"role": "system", "content": " ".join(words)})

    def other_tool(self):
        """A tool that nobody has seen: (name, parameter)."""
        return (f"{self.rng.choice(VERBS)}_{self.word()}", self.rng.choice(NOUNS))

    def schemas(self):
        """The tools of this conversation as the API takes them."""
        out = []
        for tool in self.tools:
            name, (about, params) = ((tool, TOOLS[tool]) if isinstance(tool, str) else
                                     (tool[0], ("A tool", {tool[1]: "string"})))
            schema = {"type": "object", "required": list(params),
                      "properties": {p: {"type": kind} for p, kind in params.items()}}
            out.append({"type": "function", "function": {
                "name": name, "description": about, "parameters": schema}})
        return out


def render(messages, tools=(), prompt=False):
    """The ChatML text as a list of (text, graded); the chat template must agree with it."""
    system, rest = "", list(messages)
    if rest and rest[0]["role"] == "system":
        system, rest = rest[0]["content"], rest[1:]
    if tools:
        signatures = ", ".join(
            t["function"]["name"] + "(" + ", ".join(t["function"]["parameters"]["properties"])
            + ")" for t in tools)
        system += ("\n" if system else "") + "Tools: " + signatures
    pieces = [(f"<|im_start|>system\n{system}<|im_end|>\n", False)] if system else []
    for message in rest:
        pieces.append((f"<|im_start|>{message['role']}\n", False))
        mine = message["role"] == "assistant"
        pieces.append((answer_text(message) + "<|im_end|>", mine))
        pieces.append(("\n", False))
    if prompt:
        pieces.append(("<|im_start|>assistant\n", False))
    return pieces


def answer_text(message):
    """What an assistant turn looks like to the model."""
    text = message["content"]
    for call in message.get("tool_calls", ()):
        function = call["function"]
        text += ("\n" if text else "") + ('<tool_call>\n{"name": ' + json.dumps(function["name"])
                 + ', "arguments": ' + function["arguments"] + "}\n</tool_call>")
    return text


def row(seed, index, tokens, purpose=""):
    """One training row of about `tokens` tokens: (messages, tool schemas)."""
    from tasks import fill
    talk = Conversation(random.Random(f"{seed}/{index}"))
    fill(talk, tokens, purpose)
    return talk.messages, talk.schemas()


def exam(skill, count, seed):
    """`count` unseen prompts of `skill`, all different."""
    from tasks import SKILLS
    seen, out = set(), []
    rng = random.Random(f"exam/{seed}/{skill}")
    while len(out) < count:
        talk = Conversation(random.Random(rng.getrandbits(64)), exam=True)
        SKILLS[skill](talk)
        key = json.dumps(talk.messages)
        if key in seen:
            continue
        seen.add(key)
        item = {"skill": skill, "messages": talk.messages[:-1]}
        if talk.tools:
            item["tools"] = talk.schemas()
        item["answer"] = answer_text(talk.messages[-1])
        out.append(item)
    return out


def main():
    from tasks import SKILLS
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    one = commands.add_parser("eval", help="print unseen prompts with their answers, JSON lines")
    one.add_argument("--skill", required=True, choices=sorted(SKILLS))
    one.add_argument("--count", type=int, default=100)
    one.add_argument("--seed", type=int, default=1)
    two = commands.add_parser("row", help="print training rows as the model reads them")
    two.add_argument("--tokens", type=int, default=256)
    two.add_argument("--count", type=int, default=1)
    two.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.command == "eval":
        for item in exam(args.skill, args.count, args.seed):
            print(json.dumps(item, ensure_ascii=False))
    else:
        for index in range(args.count):
            messages, tools = row(args.seed, index, args.tokens)
            sys.stdout.write("".join(text for text, _ in render(messages, tools)) + "\n")


if __name__ == "__main__":
    main()
