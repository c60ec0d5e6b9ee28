# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What the chat template engine is compared with Jinja2 on: (name, template, variables)."""

CHAT = {"messages": [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "  H\u00e9llo <b>\"you\"</b>\n"},
    {"role": "assistant", "content": None, "tool_calls": [
        {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2.0}}},
        {"type": "function", "function": {"name": "get", "arguments": {"q": "\u00e9'\n"}}}]},
    {"role": "tool", "content": "3", "tool_call_id": "x1"},
    {"role": "assistant", "content": "<think>\nsum\n</think>\n\nIt is 3."},
    {"role": "user", "content": [{"type": "text", "text": "part one "},
                                 {"type": "image"}, {"type": "text", "text": "two"}]}],
    "tools": [{"type": "function", "function": {
        "name": "add", "description": "Adds <two> & \"more\"", "parameters": {
            "type": "object", "required": ["a"], "properties": {
                "a": {"type": "number"}, "b": {"type": ["number", "null"], "enum": [1, 2]}}}}}],
    "add_generation_prompt": True, "bos_token": "<s>", "eos_token": "</s>"}

CHATML = """{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}
        {{- messages[0].content + '\\n\\n' }}
    {%- endif %}
    {{- "# Tools\\n\\n<tools>" }}
    {%- for tool in tools %}
        {{- "\\n" }}
        {{- tool | tojson }}
    {%- endfor %}
    {{- "\\n</tools><|im_end|>\\n" }}
{%- endif %}
{%- set ns = namespace(last=messages|length - 1, seen=false) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if not ns.seen and message.role == "user" and message.content is string %}
        {%- set ns.seen = true %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.role == "user" or message.role == "system" and not loop.first %}
        {{- '<|im_start|>' + message.role + '\\n' }}
        {%- if message.content is string %}{{ message.content }}
        {%- else %}
            {%- for part in message.content if part.type == 'text' %}{{ part.text }}{% endfor %}
        {%- endif %}
        {{- '<|im_end|>' + '\\n' }}
    {%- elif message.role == "assistant" %}
        {%- set content = message.content if message.content is string else '' %}
        {%- set thought = '' %}
        {%- if '</think>' in content %}
            {%- set thought = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
            {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
        {%- endif %}
        {{- '<|im_start|>' + message.role + '\\n' + (('[' ~ thought ~ ']') if loop.index0 > ns.last and thought else '') + content }}
        {%- if message.tool_calls %}
            {%- for call in message.tool_calls %}
                {%- if (loop.first and content) or (not loop.first) %}{{- '\\n' }}{%- endif %}
                {%- if call.function %}{%- set call = call.function %}{%- endif %}
                {{- '<tool_call>\\n{"name": "' }}{{- call.name }}{{- '", "arguments": ' }}
                {%- if call.arguments is string %}{{- call.arguments }}{%- else %}{{- call.arguments | tojson }}{%- endif %}
                {{- '}\\n</tool_call>' }}
            {%- endfor %}
        {%- endif %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == "tool" %}
        {%- if loop.first or (messages[loop.index0 - 1].role != "tool") %}{{- '<|im_start|>user' }}{%- endif %}
        {{- '\\n<tool_response>\\n' }}{{- message.content }}{{- '\\n</tool_response>' }}
        {%- if loop.last or (messages[loop.index0 + 1].role != "tool") %}{{- '<|im_end|>\\n' }}{%- endif %}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""

HEADERS = """{{- bos_token }}
{%- if not date_string is defined %}
    {%- set date_string = strftime_now("%d %b %Y") %}
{%- endif %}
{#- a comment
    of two lines #}
{%- macro header(role, extra=none) -%}
<|start|>{{ role }}{% if extra %} {{ extra | tojson(indent=2) }}{% endif %}<|end|>
{% endmacro -%}
Today: {{ date_string }}
{% for message in messages %}
  {% if message['role'] not in ['tool', 'ipython'] %}
{{ header(message['role'], message.tool_calls[0].function.arguments if 'tool_calls' in message) }}
    {%- if message.content is iterable and message.content is not string -%}
      {{ message.content | selectattr('type', 'equalto', 'text') | map(attribute='text') | join('|') }}
    {%- else -%}
      {{ message['content'] | default('', true) | trim }}
    {%- endif %}
  {% else %}
    {{- '[' ~ message.tool_call_id ~ ']' }}
  {% endif %}
{% endfor %}
"""

SCHEMA = """{%- macro kind(spec) -%}
  {%- if spec.type is string -%}{{ spec.type }}
  {%- elif spec.type is iterable -%}{{ spec.type | join(' | ') }}
  {%- else -%}any{%- endif -%}
{%- endmacro -%}
{%- macro fields(spec, required=[]) -%}
  {%- for name, prop in spec.properties.items() %}
  {{ name }}{{ '' if name in required else '?' }}: {{ kind(prop) }}
    {%- if prop.enum %} = {{ prop.enum | map('string') | join('/') }}{% endif %}
    {%- if not loop.last %},{% endif %}
  {%- endfor %}
{%- endmacro -%}
{% for tool in tools %}
type {{ tool.function.name }} = ({{ fields(tool.function.parameters, required=tool.function.parameters.required) }}
) => any;
{% endfor %}"""


def small(template, **variables):
    return (template[:60], template, variables)


CASES = [
    ("ChatML with tools and thoughts", CHATML, CHAT),
    ("ChatML without tools", CHATML, {**CHAT, "tools": None, "add_generation_prompt": False}),
    ("headers, date, macro, parts", HEADERS, CHAT),
    ("headers with a date given", HEADERS, {**CHAT, "date_string": "never"}),
    ("schema by macros", SCHEMA, CHAT),
    # Whitespace
    small("a\n  {% if true %}\n  b\n  {% endif %}\n c\n"),
    small("a {% if true %} b {% endif %} c\n\n"),
    small("  {%- if true -%}  \n b \n {%- endif -%}  c"),
    small("  {%+ if true +%}\n b {%+ endif +%}\n c"),
    small("x\n  {# note #}\n  y {#- z -#}  w"),
    small("{{ 'a' }}\n{{- 'b' -}}\n{{ 'c' }}\n"),
    small("  {{ 'a' }}  \n   {% set x = 1 %}   \nb"),
    small("{% raw %}{{ not a tag }}{% endraw %}!"),
    small("a  {%- raw -%}  {% x %}  {%- endraw -%}  b"),
    small("\r\na\r\n{% if true %}\r\nb\r\n{% endif %}\r\n"),
    small("\n\n"), small(""), small("{ {x} }} %} #}"),
    small("{% for i in [1] %}\n    {% if i %}\n\tq\n    {% endif %}\n{% endfor %}\n"),
    # Literals and operators
    small("{{ 1 }} {{ -2 }} {{ 1.5 }} {{ 1e3 }} {{ 1_000 }} {{ 1e100 }} {{ 0.1 + 0.2 }}"),
    small("{{ 'a' 'b' \"c\\n\\t\\\\\\\"\" }} {{ '\\u00e9\\x41\\101\\q' }}"),
    small("{{ true }} {{ True }} {{ none }} {{ None }} {{ false }}"),
    small("{{ [1, 'a', none, true, 1.0, [], {}] }}"),
    small("{{ {'a': 1, 'b': [2, {'c': \"it's\"}], 3: 'x'} }}"),
    small("{{ (1, 2) }} {{ (1,) }} {{ () }} {{ 1, 2 }}"),
    small("{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 % 3 }} {{ -7 % 3 }} {{ 7 / 2 }} {{ 4 / 2 }} {{ 2 ** 10 }}"),
    small("{{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 2 ** -1 }} {{ 1 + 2 * 3 - 4 }} {{ -2 ** 2 }}"),
    small("{{ 1 ~ 'a' ~ none ~ 1.5 ~ x ~ [1] }}"),
    small("{{ 'ab' * 3 }} {{ [1] * 2 }} {{ [1] + [2] }} {{ 2 * 'z' }}"),
    small("{{ 1 < 2 }} {{ 1 < 2 < 3 }} {{ 3 > 2 > 2 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }}"),
    small("{{ 1 == 1.0 }} {{ 'a' != 'b' }} {{ [1] == [1] }} {{ {'a': 1} == {'a': 1} }} {{ true == 1 }}"),
    small("{{ 1 in [1, 2] }} {{ 'b' in 'abc' }} {{ 'k' in {'k': 1} }} {{ 3 not in [1] }} {{ 1 in x }}"),
    small("{{ 1 and 0 }} {{ 0 or 'x' }} {{ not 1 }} {{ not x }} {{ 1 and not 0 or 2 }}"),
    small("{{ 'a' if true else 'b' }} {{ 'a' if false }}|{{ 1 if 0 else 2 if 0 else 3 }}"),
    small("{{ 'x' ~ 1 * 2 }} {{ -1 | abs }} {{ -x.y | abs }} {{ 'a' ~ 'b' + 'c' }}", x={"y": 4}), small("{{ 'x' ~ 1 + 2 }}"),
    small("{{ not a is defined }} {{ a is not defined }} {{ 1 is defined and 2 }}"),
    small("{{ x is defined }} {{ x is none }} {{ x }} {{ x | length }} {{ x | default('d') }}"),
    # Access
    small("{{ a.b.c }} {{ a['b']['c'] }} {{ a.b['c'] }} {{ a.none }} {{ a['none'] is defined }}",
          a={"b": {"c": 5}}),
    small("{{ l[0] }} {{ l[-1] }} {{ l[5] is defined }} {{ l.0 }} {{ s[1] }} {{ s[-1] }}", l=[1, 2, 3],
          s="h\u00e9llo"),
    small("{{ l[1:] }} {{ l[:-1] }} {{ l[::-1] }} {{ l[::2] }} {{ l[-2:] }} {{ l[5:] }} {{ l[1:2] }}",
          l=[1, 2, 3, 4]),
    small("{{ s[1:3] }}|{{ s[::-1] }}|{{ s[:100] }}|{{ s[-3:-1] }}|{{ s[3:1] }}|{{ s[::-2] }}",
          s="h\u00e9llo\U0001f600"),
    small("{{ l[10::-1] }} {{ l[:0:-1] }} {{ l[-1:-10:-2] }}", l=[1, 2, 3, 4, 5]),
    small("{{ a.items() | list }} {{ a.keys() | list }} {{ a.values() | list }}", a={"x": 1, "y": 2}),
    small("{{ a.get('x') }} {{ a.get('z') }} {{ a.get('z', 9) }}", a={"x": 1}),
    small("{% set d = {} %}{% set _ = d.update({'k': 1}) %}{{ d }} {{ d.pop('k') }} {{ d }}"),
    small("{% set l = [] %}{% for i in range(3) %}{{ l.append(i) or '' }}{% endfor %}{{ l }} {{ l.pop() }} {{ l }}"),
    # Methods
    small("{{ ' a b  c '.split() }} {{ 'a,b,,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ ' a b c '.split(none, 1) }}"),
    small("{{ 'a,b,c'.rsplit(',', 1) }} {{ 'l1\\nl2\\r\\nl3'.splitlines() }} {{ ''.split(',') }} {{ ''.split() }}"),
    small("[{{ '  x '.strip() }}] [{{ '  x '.lstrip() }}] [{{ '  x '.rstrip() }}] [{{ 'xxayx'.strip('xy') }}]"),
    small("{{ 'abc'.startswith('ab') }} {{ 'abc'.endswith(('x', 'bc')) }} {{ 'abc'.startswith('') }}"),
    small("{{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'abc'.upper() }} {{ '\u00c9A'.lower() }}"),
    small("{{ 'hello world'.title() }} {{ 'hELLO'.capitalize() }} {{ '-'.join(['a', 'b']) }} {{ 'abcb'.find('b') }} {{ 'abcb'.rfind('b') }} {{ 'abab'.count('ab') }}"),
    small("{{ '12'.isdigit() }} {{ 'a1'.isalpha() }} {{ ' '.isspace() }} {{ 'abc'.islower() }} {{ 'abc'.find('z') }}"),
    small("{{ 'prefix-x'.removeprefix('prefix-') }} {{ 'x.py'.removesuffix('.py') }}"),
    # Filters
    small("{{ x | tojson }} {{ x | tojson(indent=2) }} {{ x | tojson(ensure_ascii=true) }}",
          x={"b": [1, 2.0, None, True], "a": "<\u00e9\"\\\n\u2028>", "c": {}, "d": []}),
    small("{{ x | tojson(separators=(',', ':')) }} {{ x | tojson(sort_keys=true) }} {{ 'a' | tojson }} {{ 1.0 | tojson }}",
          x={"b": [1, {"z": 0}], "a": 2}),
    small("{{ '  a ' | trim }}|{{ 'xax' | trim('x') }}|{{ 'A' | lower }}{{ 'b' | upper }}{{ 'hE' | capitalize }} {{ 'a bC' | title }}"),
    small("{{ [1, 2] | join }} {{ ['a', 'b'] | join(', ') }} {{ [{'n': 1}, {'n': 2}] | join('-', attribute='n') }}"),
    small("{{ [3, 1, 2] | sort }} {{ ['b', 'A', 'c'] | sort }} {{ [3, 1, 2] | sort(reverse=true) }} {{ l | sort(attribute='n') | map(attribute='n') | list }}",
          l=[{"n": 2}, {"n": 1}]),
    small("{{ [1, 2, 3] | first }} {{ [1, 2, 3] | last }} {{ [] | first is defined }} {{ 'abc' | first }} {{ [1, 2] | reverse | list }} {{ 'abc' | reverse }}"),
    small("{{ {'b': 1, 'a': 2} | dictsort }} {{ {'b': 1, 'a': 2} | dictsort(false, 'value') }} {{ {'b': 1} | items | list }}"),
    small("{{ [1, 0, 2] | select | list }} {{ [1, 0, 2] | reject | list }} {{ [1, 2, 3] | select('odd') | list }} {{ [1, 2, 3] | reject('equalto', 2) | list }}"),
    small("{{ l | selectattr('a') | list }} {{ l | selectattr('a', 'eq', 2) | list }} {{ l | rejectattr('a', 'defined') | list }} {{ l | selectattr('a', 'in', [1]) | list | length }}",
          l=[{"a": 1}, {"a": 2}, {"b": 3}, {"a": 0}]),
    small("{{ [1, 2] | map('string') | list }} {{ ['a'] | map('upper') | join }} {{ [{'a': {'b': 1}}, {}] | map(attribute='a', default='-') | list }}"),
    small("{{ [1, 1, 2, 'a', 'A'] | unique | list }} {{ [1, 2, 3] | sum }} {{ [1, 3, 2] | max }} {{ [3, 1] | min }}"),
    small("{{ '5' | int }} {{ 'x' | int }} {{ 'x' | int(7) }} {{ 3.9 | int }} {{ '2.5' | float }} {{ -3 | abs }} {{ 2.567 | round(2) }} {{ 2.5 | round }} {{ 2.1 | round(0, 'ceil') }}"),
    small("{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2, true) }}|{{ 'a\\n\\nb' | indent(2, blank=true) }}"),
    small("{{ 'a<b' | escape }} {{ 'x' | safe }} {{ 5 | string ~ 1 }} {{ 'aXb' | replace('X', '') }} {{ {'k': 1} | attr('zz') }}"),
    small("{{ '' | default('d') }}|{{ '' | default('d', true) }}|{{ none | default('d') }}|{{ u.v | d('e') }}", u={}),
    small("{% filter upper %}a{{ 'b' }}{% endfilter %} {% set t %} x{{ 1 }} {% endset %}[{{ t }}] {% set t | trim | upper %} y {% endset %}[{{ t }}]"),
    # Tests
    small("{% for v in vs %}{{ v is string }}{{ v is number }}{{ v is integer }}{{ v is float }}{{ v is boolean }}{{ v is mapping }}{{ v is sequence }}{{ v is iterable }}{{ v is none }}{{ v is true }}{{ v is false }};{% endfor %}",
          vs=["a", 1, 1.5, True, False, None, [], {}]),
    small("{{ 3 is odd }} {{ 3 is even }} {{ 9 is divisibleby 3 }} {{ 9 is divisibleby(2) }} {{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is in [1] }} {{ 2 is gt 1 }} {{ 2 is eq(2) }} {{ x is undefined }} {{ range is callable }}"),
    # Statements
    small("{% for i in [] %}x{% else %}none{% endfor %} {% for i in [1, 2] %}{{ i }}{% else %}none{% endfor %}"),
    small("{% for a, b in [[1, 2], [3, 4]] %}{{ a }}-{{ b }};{% endfor %}{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}{% for k in d %}{{ k }}{% endfor %}",
          d={"x": 1, "y": 2}),
    small("{% for a, (b, c) in [[1, [2, 3]]] %}{{ a }}{{ b }}{{ c }}{% endfor %}{% for c in 'h\u00e9' %}[{{ c }}]{% endfor %}"),
    small("{% for i in [5, 6, 7, 8] if i != 6 %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }};{% endfor %}"),
    small("{% for i in [1, 2, 3, 4] %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 4 %}{% break %}{% endif %}{{ i }}{% endfor %}"),
    small("{% for i in [1, 2, 3] %}{{ loop.cycle('a', 'b') }}{{ loop.changed(i // 2) }}{{ loop.depth }}{% for j in [1] %}{{ loop.depth }}{% endfor %}{% endfor %}"),
    small("{% set x = 1 %}{% for i in [1, 2] %}{% set x = x + i %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}"),
    small("{% set ns = namespace(n=0, l=[]) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }} {{ ns.nope is defined }}"),
    small("{% set a, b = 1, 'two' %}{{ a }}{{ b }} {% set c = 1, 2 %}{{ c }}"),
    small("{% macro m(a, b='x', c=none) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, c=3) }} {{ m(b=2, a=1) }} {{ m() }}"),
    small("{% set g = 'G' %}{% macro m() %}{{ g }}{{ l }}{% endmacro %}{% for l in [1] %}{{ m() }}{% endfor %}"),
    small("{% macro f(n) %}{{ n }}{% if n > 0 %},{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(4) }}"),
    small("{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }} {% generation %}kept{% endgeneration %}"),
    small("{% if 0 %}a{% elif x %}b{% elif 1 %}c{% else %}d{% endif %}"),
    small("{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(5, 0, -2) | list }} {{ dict(a=1) }}"),
    small("{{ strftime_now('%Y-%m-%d %H:%M:%S %j') }} {{ strftime_now('%A %a %B %b %d %y %I %p %%') }}"),
    small("{{ \"it's\" | list }} {{ ['a\"b', \"a'b\", 'a\\'\"b', 'n\\nl', '\\x00\u00e9\u200b'] }}"),
    small("{% set m = {'items': 1, 'x': {'y': [1, 2]}} %}{{ m['items'] }} {{ m.x.y[-1] }} {{ m.x['y'] | length }}"),
    small("{{ x[0].a }}{{ x[0]['b'][1:] }}{{ (x | first).a }}{{ x[0].b | last }}", x=[{"a": 1, "b": [1, 2]}]),
    # What raises
    small("{{ x.y }}"), small("{{ x.y.z }}", x={}), small("{{ x + 1 }}"), small("{{ x['a'] }}"),
    small("{{ 'a' + 1 }}"), small("{{ 1 / 0 }}"), small("{{ 1 % 0 }}"), small("{{ x() }}"),
    small("{{ raise_exception('no ' ~ 'way') }}"), small("{{ 'a'.nope() }}"), small("{{ 1 < 'a' }}"),
    small("{{ [1] | nofilter }}"), small("{{ 1 is notest }}"), small("{% nope %}"), small("{% if x %}"),
    small("{{ 'a }}"), small("{{ 1 + }}"), small("{% endif %}"), small("{{ (1 }}"), small("{% for %}"),
    small("{% for a, b in [[1]] %}{% endfor %}"), small("{{ 5 | length }}"), small("{{ x | tojson }}"),
    small("{% for i in 5 %}{% endfor %}"), small("{{ 'a' in 5 }}"), small("{# open"), small("{{ 1"),
    small("{% set x.y = 1 %}", x={}), small("{% raw %}x"), small("{{ [].pop() }}"),
]
