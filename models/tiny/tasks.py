# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The small tasks of which conversations are made, and the skills that are examined.

A task adds one or more turns to a conversation and always ends with an assistant turn.
"""

from facts import GREETINGS, OPEN_QUESTIONS, SELF, STRANGERS, WHO
from text import (FACTS, KINDS, NO_TOOL, NOUNS, ADJECTIVES, SKIES, UNKNOWN, answer_text,
                  estimate_tokens)


def fact(talk):
    """A fact in a phrasing that was (training) or was not (examination) seen with it."""
    rng = talk.rng
    while True:
        relation, subject, thing, phrasings, answer = rng.choice(FACTS)
        number = rng.randrange(len(phrasings))
        if talk.held(f"{relation}/{subject}/{number}"):
            break
    talk.user(talk.careless(phrasings[number].format(s=subject)))
    talk.reply(answer.format(s=subject, o=thing), thing[0].upper() + thing[1:] + ".")


def unknown(talk):
    """The shape of a known question about something invented, or a question never taught."""
    rng = talk.rng
    if rng.random() < 0.35:
        text = rng.choice(OPEN_QUESTIONS).format(n=talk.name(), w=rng.choice(NOUNS))
    else:
        relation, _, _, phrasings, _ = rng.choice(FACTS)
        proper = relation in ("capital", "language", "after", "before")
        if relation in ("capital", "language") and rng.random() < 0.25:
            subject = rng.choice(STRANGERS)
        else:
            subject = talk.name() if proper else talk.word()
        text = rng.choice(phrasings).format(s=subject)
    talk.user(talk.careless(text))
    talk.reply(UNKNOWN)


def greet(talk):
    ways, answer = talk.rng.choice(GREETINGS)
    talk.user(talk.careless(talk.rng.choice(ways)))
    talk.reply(answer)


def who(talk):
    talk.user(talk.careless(talk.rng.choice(WHO)))
    talk.reply(f"I am {talk.persona}." if talk.persona else SELF)


def tell(talk, kind=None):
    """The user tells a name; each kind only once, so that the answer stays unambiguous."""
    left = [kind] if kind else [k for k in KINDS if k not in talk.told]
    if not left:
        return ask(talk)
    kind = talk.rng.choice(left)
    ways, answer = KINDS[kind][:2]
    talk.told[kind] = talk.name()
    talk.user(talk.rng.choice(ways).format(n=talk.told[kind]))
    talk.reply(answer.format(n=talk.told[kind]))


def ask(talk, kind=None):
    """The user asks for something told before, or (rarely) never told."""
    rng = talk.rng
    if kind is None:
        told = [k for k in KINDS if k in talk.told]
        if not told and rng.random() < 0.6:
            return tell(talk)
        kind = rng.choice(told if told and rng.random() < 0.85 else list(KINDS))
    _, _, questions, answer, missing = KINDS[kind]
    talk.user(talk.careless(rng.choice(questions)))
    name = talk.told.get(kind)
    if name:
        talk.reply(answer.format(n=name), f"{name}.")
    else:
        talk.reply(missing)


def code(talk):
    """The user gives a code to be remembered, or asks for one given before."""
    rng = talk.rng
    if talk.codes and rng.random() < 0.6:
        return question(talk)
    name, number = talk.name(), f"{rng.randint(0, 9999):04d}"
    talk.codes[name] = number
    talk.user(rng.choice(["Remember: the code of {n} is {c}.", "The code of {n} is {c}.",
                          "Please note that the code of {n} is {c}."]).format(n=name, c=number))
    talk.reply("I will remember that.")


def question(talk, start=""):
    """Asks for one of the needles of this conversation."""
    rng = talk.rng
    if talk.homes and (not talk.codes or rng.random() < 0.3):
        name = rng.choice(sorted(talk.homes))
        talk.user(start + rng.choice(["Where does {n} live?", "Tell me where {n} lives."])
                  .format(n=name))
        talk.reply(f"{name} lives in {talk.homes[name]}.", f"{talk.homes[name]}.")
    else:
        name = rng.choice(sorted(talk.codes))
        talk.user(start + rng.choice(["What is the code of {n}?", "Tell me the code of {n}.",
                                      "Which code has {n}?"]).format(n=name))
        talk.reply(f"The code of {name} is {talk.codes[name]}.", f"{talk.codes[name]}.")


def needle(talk, tokens=0, needles=0):
    """A text with needles in it and a question about one of them."""
    rng = talk.rng
    tokens = tokens or rng.randint(20, 90)
    needles = needles or rng.choice([1, 1, 2, 3])
    hidden = []
    for _ in range(needles):
        name = talk.name()
        if rng.random() < 0.7:
            talk.codes[name] = f"{rng.randint(0, 9999):04d}"
            hidden.append(f"The code of {name} is {talk.codes[name]}.")
        else:
            talk.homes[name] = talk.name()
            hidden.append(f"{name} lives in {talk.homes[name]}.")
    lines, size = [], estimate_tokens(" ".join(hidden)) + needles
    while size < tokens:
        lines.append(talk.sentence())
        size += estimate_tokens(lines[-1]) + 1
    for line in hidden:
        lines.insert(rng.randint(0, len(lines)), line)
    text = rng.choice(["Read this text: ", "Here is a text: ", ""]) + " ".join(lines)
    if rng.random() < 0.5:
        question(talk, text + rng.choice(["\n", "\n\n", " "]))
    else:
        talk.user(text)
        talk.reply("I have read it.")
        question(talk)


def add(talk):
    """A sum of one or two digits; with the tool `add` at hand, the tool is called."""
    rng = talk.rng
    if "add" in talk.tools:
        return use(talk, "add")
    top = 9 if rng.random() < 0.6 else 99
    while True:
        a, b = rng.randint(0, top), rng.randint(0, top)
        if max(a, b) < 10 or talk.held(f"{a}+{b}"):
            break
    talk.user(sum_question(talk, a, b))
    talk.reply(f"{a} + {b} = {a + b}.", f"{a + b}.")


def sum_question(talk, a, b):
    return talk.careless(talk.rng.choice(
        ["What is {a} + {b}?", "What is {a} plus {b}?", "Add {a} and {b}.",
         "How much is {a} + {b}?", "{a} + {b}?"]).format(a=a, b=b))


def echo(talk):
    """Repeating random words: the primer for copying."""
    rng = talk.rng
    words = [talk.name() if rng.random() < 0.6 else talk.word()
             for _ in range(rng.randint(1, 8))]
    text = " ".join(words).strip()
    talk.user(rng.choice(["Repeat: ", "Say: ", "Repeat after me: "]) + text)
    talk.reply(text)


def wish(talk, tool):
    """A user's wish that `tool` fulfils: (text, arguments, result, answer)."""
    rng = talk.rng
    if tool == "get_weather":
        city, sky, degrees = talk.name(), rng.choice(SKIES), rng.randint(0, 35)
        text = ["What is the weather in {c}?", "How is the weather in {c}?",
                "Tell me the weather in {c}.", "Is it warm in {c}?"]
        return (rng.choice(text).format(c=city), {"city": city},
                {"sky": sky, "degrees": degrees}, f"It is {sky} in {city}, {degrees} degrees.")
    if tool == "get_time":
        city, time = talk.name(), f"{rng.randint(0, 23):02d}:{rng.randint(0, 59):02d}"
        text = ["What time is it in {c}?", "Tell me the time in {c}.", "How late is it in {c}?"]
        return (rng.choice(text).format(c=city), {"city": city}, {"time": time},
                f"It is {time} in {city}.")
    if tool == "add":
        top = rng.choice([9, 99, 999, 9999])
        a, b = rng.randint(0, top), rng.randint(0, top)
        return (sum_question(talk, a, b), {"a": a, "b": b}, {"sum": a + b},
                f"{a} + {b} = {a + b}.")
    if tool == "search":
        name, thing = talk.name(), rng.choice(NOUNS)
        query = rng.choice([f"{name} {thing}", f"{rng.choice(ADJECTIVES)} {thing} of {name}",
                            name])
        text = rng.choice(['Search for "{q}".', "Search for {q}.", 'Look up "{q}".'])
        found = f"The {thing} of {talk.name()} is {rng.choice(ADJECTIVES)}."
        return text.format(q=query), {"query": query}, {"result": found}, f"I found this: {found}"
    if tool == "send_message":
        to = talk.name()
        text = f"{rng.choice(['Meet', 'Call', 'Ask', 'Wait for'])} {talk.name()}"
        return (f'Send a message to {to}: "{text}"', {"to": to, "text": text}, {"status": "sent"},
                f"I have sent your message to {to}.")
    if tool == "set_timer":
        minutes = rng.randint(1, 99)
        text = ["Set a timer for {m} minutes.", "Wake me in {m} minutes.",
                "Start a timer of {m} minutes."]
        return (rng.choice(text).format(m=minutes), {"minutes": minutes}, {"status": "started"},
                f"The timer runs for {minutes} minutes.")
    value, found = talk.name(), talk.name()
    return (rng.choice(["Use {t} for {v}.", "Call {t} with {v}."]).format(t=tool[0], v=value),
            {tool[1]: value}, {"result": found}, f"The result is {found}.")


def use(talk, tool=None, answer=None):
    """Calls a tool; mostly goes on to the result and the answer."""
    rng = talk.rng
    tool = tool or rng.choice(talk.tools)
    text, arguments, value, reply = wish(talk, tool)
    talk.user(text)
    talk.call(tool if isinstance(tool, str) else tool[0], arguments)
    if answer is False or (answer is None and rng.random() < 0.25):
        return
    if rng.random() < 0.08:
        value = {"error": rng.choice(["not found", "timeout", "no connection", "busy"])}
        reply = f"The tool failed: {value['error']}."
    talk.result(value)
    talk.reply(reply)


def no_tool(talk):
    """A wish for which there is no tool."""
    tool = talk.rng.choice([t for t in ("get_weather", "get_time", "search", "send_message",
                                        "set_timer") if t not in talk.tools])
    talk.user(wish(talk, tool)[0])
    talk.reply(NO_TOOL)


# Copying must be learnt first, then sums, the slowest skill, get their share.
TASKS = {fact: 18, unknown: 8, greet: 6, who: 4, tell: 9, ask: 12, code: 6, needle: 9, add: 16,
         echo: 9, no_tool: 2}
SHARES = {"": {}, "primer": {echo: 22, add: 9}}  # what differs in the first rows of training


def fill(talk, tokens, purpose):
    """Fills a training conversation up to `tokens` tokens."""
    rng = talk.rng
    talk.opening()
    size, seen = 12, 0
    if tokens >= 400 and rng.random() < 0.75:
        needle(talk, int(tokens * rng.uniform(0.2, 0.85)), rng.randint(2, 12))
        for _ in range(rng.randint(3, 12)):
            question(talk)
    weights = dict(TASKS)
    weights[use] = 34 if talk.tools else 0
    weights[question] = 5 if talk.codes or talk.homes else 0
    weights.update(SHARES[purpose])
    tasks, shares = list(weights), list(weights.values())
    while size < tokens:
        for message in talk.messages[seen:]:
            size += 6 + estimate_tokens(answer_text(message))
        seen = len(talk.messages)
        rng.choices(tasks, shares)[0](talk)


# -- what is examined -----------------------------------------------------------------------------
def chatter(talk, most=2):
    """A few turns before the one that is examined."""
    for _ in range(talk.rng.randint(0, most)):
        talk.rng.choice([greet, fact, who, unknown])(talk)


def simple(task, **opening):
    def build(talk):
        talk.opening(**{"persona": False, "brief": False, "tools": [], **opening})
        chatter(talk)
        task(talk)
    return build


def memory(kind):
    """A name told, one to four other turns, then the question."""
    def build(talk):
        talk.opening(persona=False, brief=False, tools=[])
        tell(talk, kind)
        for _ in range(talk.rng.randint(1, 4)):
            talk.rng.choice([greet, fact, unknown, add, tell, code])(talk)
        ask(talk, kind)
    return build


def tool_skill(tool, answer):
    def build(talk):
        talk.opening(persona=False, brief=False)
        one = tool or talk.other_tool()
        if one not in talk.tools:
            talk.tools.insert(talk.rng.randint(0, len(talk.tools)), one)
        chatter(talk, 1)
        use(talk, one, answer)
    return build


def any_tool(answer):
    def build(talk):
        names = ["get_weather", "get_time", "add", "search", "send_message", "set_timer"]
        tool_skill(talk.rng.choice(names), answer)(talk)
    return build


def long_needle(tokens, needles=3):
    def build(talk):
        talk.opening(persona=False, brief=False, tools=[])
        needle(talk, tokens, needles)
    return build


SKILLS = {
    "fact": simple(fact), "unknown": simple(unknown), "greet": simple(greet), "who": simple(who),
    "name": memory("name"), "name_dog": memory("dog"), "name_home": memory("home"),
    "not_told": simple(lambda talk: ask(talk, "name")),
    "tool_call": any_tool(False), "tool_result": any_tool(True),
    "tool_weather": tool_skill("get_weather", False), "tool_add": tool_skill("add", False),
    "tool_search": tool_skill("search", False), "tool_message": tool_skill("send_message", False),
    "tool_other": tool_skill(None, False), "no_tool": simple(no_tool),
    "sum": simple(add), "echo": simple(echo), "code": simple(lambda talk: (code(talk), ask(talk),
                                                                           question(talk))),
    "system": simple(who, persona=True), "brief": simple(fact, brief=True),
    "needle100": long_needle(75, 2), "needle300": long_needle(280),
    "needle600": long_needle(580), "needle1000": long_needle(1000),
    "needle1600": long_needle(1600), "multi1000": long_needle(980, 10),
}
