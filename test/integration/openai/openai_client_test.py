#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""The openai client from PyPI against a cluster: completes, streams, round-trips a tool call.

openai_client_test.py TROUPE MODEL_DIRECTORY ENVIRONMENT. Makes the environment if it is not there;
exit code 77 (skipped) if its packages cannot be had.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import venv

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))
from support.cluster import Cluster, user  # noqa: E402

SKIPPED = 77
TOOL = {"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city.",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}},
                   "required": ["city"]}}}


def prepare(environment):
    """The Python of an environment that has the requirements."""
    wanted = (HERE / "requirements.txt").read_text(encoding="utf-8")
    python, mark = environment / "bin" / "python", environment / "requirements.txt"
    if mark.exists() and mark.read_text(encoding="utf-8") == wanted:
        return python
    try:
        venv.create(environment, with_pip=True, clear=True)
    except subprocess.CalledProcessError:
        print("skipped: no environment can be made; install python3-venv")
        sys.exit(SKIPPED)
    done = subprocess.run([python, "-m", "pip", "install", "-q", "-r", HERE / "requirements.txt"],
                          capture_output=True, text=True, check=False)
    if done.returncode != 0:
        print("skipped: the client cannot be installed:", done.stderr.strip().split("\n")[-1])
        sys.exit(SKIPPED)
    mark.write_text(wanted, encoding="utf-8")
    return python


def check(port, model):
    """Runs inside the environment."""
    import openai
    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)
    assert [m.id for m in client.models.list()] == [model]

    chat = client.chat.completions
    question = user("What is the capital of France?")
    whole = chat.create(model=model, messages=question, temperature=0)
    assert whole.choices[0].message.content == "The capital of France is Paris.", whole
    assert whole.choices[0].finish_reason == "stop"
    assert whole.usage.total_tokens == whole.usage.prompt_tokens + whole.usage.completion_tokens

    chunks = list(chat.create(model=model, messages=question, temperature=0, stream=True,
                              stream_options={"include_usage": True}))
    text = "".join(c.delta.content or "" for chunk in chunks for c in chunk.choices)
    assert text == whole.choices[0].message.content and len(chunks) > 3, chunks
    assert chunks[-1].usage == whole.usage, (chunks[-1].usage, whole.usage)

    messages = user("What is the weather in Brontel?")
    called = chat.create(model=model, messages=messages, tools=[TOOL], temperature=0)
    call = called.choices[0].message.tool_calls[0]
    assert called.choices[0].finish_reason == "tool_calls"
    assert (call.function.name, json.loads(call.function.arguments)) == \
        ("get_weather", {"city": "Brontel"}), call
    messages += [called.choices[0].message,
                 {"role": "tool", "tool_call_id": call.id,
                  "content": json.dumps({"sky": "sunny", "degrees": 21})}]
    answer = chat.create(model=model, messages=messages, tools=[TOOL], temperature=0)
    sentence = answer.choices[0].message.content
    assert sentence == "It is sunny in Brontel, 21 degrees.", answer

    try:
        chat.create(model="nobody", messages=question)
        raise AssertionError("an unknown model was served")
    except openai.NotFoundError as error:
        assert error.code == "model_not_found" and error.param == "model", error
    try:
        chat.create(model=model, messages=question, temperature=9)
        raise AssertionError("a temperature of 9 was taken")
    except openai.BadRequestError as error:
        assert error.param == "temperature", error
    print(f"openai {openai.__version__}: models, completion, stream, tool call "
          f"({sentence!r}) and typed errors")


def main():
    troupe, model, environment = sys.argv[1], os.path.abspath(sys.argv[2]), sys.argv[3]
    python = prepare(pathlib.Path(environment))
    with tempfile.TemporaryDirectory() as directory, \
            Cluster(troupe, model, directory) as cluster:
        subprocess.run([python, __file__, "--check", str(cluster.http), cluster.model], check=True,
                       timeout=60)


if sys.argv[1] == "--check":
    check(int(sys.argv[2]), sys.argv[3])
else:
    main()
