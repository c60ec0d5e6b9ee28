#!/usr/bin/env python3
# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""Renders template_cases.py and template_counted_cases.py of test/unit/text by Jinja2 into
template_golden.json.

The tests hold engine/text/chat_template to these outputs. Needs python3-jinja2.
"""

import datetime
import json
import pathlib
import runpy
import sys

import jinja2
import jinja2.ext
import jinja2.sandbox

FOLDER = pathlib.Path(__file__).parent.parent / "test" / "unit" / "text"
NOW = datetime.datetime(2026, 3, 5, 14, 7, 9, tzinfo=datetime.timezone.utc)


class Generation(jinja2.ext.Extension):
    """{% generation %} prints as if it were not there."""

    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body, lineno=line)


def raise_exception(message):
    raise jinja2.exceptions.TemplateError(message)


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators,
                      sort_keys=sort_keys)


def environment():
    """The settings that chat templates are written for."""
    made = jinja2.sandbox.SandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                               extensions=["jinja2.ext.loopcontrols", Generation])
    made.filters["tojson"] = tojson
    made.globals["raise_exception"] = raise_exception
    made.globals["strftime_now"] = NOW.strftime
    return made


def render(template, variables):
    try:
        return {"output": environment().from_string(template).render(**variables)}
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, ZeroDivisionError,
            AttributeError, KeyError, IndexError) as why:
        return {"raises": type(why).__name__}


def main():
    cases = (runpy.run_path(str(FOLDER / "template_cases.py"))["CASES"]
             + runpy.run_path(str(FOLDER / "template_counted_cases.py"))["COUNTED"])
    out = []
    for name, template, variables in cases:
        out.append({"name": name, "template": template, "variables": variables,
                    **render(template, variables)})
    target = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER / "template_golden.json"
    lines = ",\n".join(json.dumps(one, ensure_ascii=False) for one in out)
    target.write_text('{"unix_seconds": ' + str(int(NOW.timestamp())) + ', "cases": [\n' + lines
                      + "\n]}\n", encoding="utf-8")
    print(f"{len(out)} cases, {sum('raises' in one for one in out)} raise")


if __name__ == "__main__":
    main()
