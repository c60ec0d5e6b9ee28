# SPDX-FileCopyrightText: 2026 The Troupe authors
# SPDX-License-Identifier: Apache-2.0
"""What real chat templates use, item by item, in the forms that they use it in.

The items are those that 55 published templates were counted to use. `COUNTED` is a list of
(item, template, variables); template_cases.py has the rest.
"""

MESSAGES = [{"role": "system", "content": " Be brief. "},
            {"role": "user", "content": "Hi\n", "name": None},
            {"role": "assistant", "content": "", "tool_calls": [
                {"id": "c1", "function": {"name": "f", "arguments": {"x": [1, 2.5], "y": None}}},
                {"id": "c2", "function": {"name": "g", "arguments": "{\"k\": 1}"}}]},
            {"role": "tool", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
            {"role": "user", "content": "caf\u00e9 <&>'\""}]
D = {"b": 1, "A": [1, {"c": None}], "c": "x", "a": True}


def case(item, template, **variables):
    return (item, template, {"messages": MESSAGES, "d": D, **variables})


COUNTED = [
    # Statements
    case("for", "{% for m in messages %}{{ m.role }};{% endfor %}{% for m in messages[1:] %}{{ m['role'][0] }}{% endfor %}"),
    case("for over what is not there", "{% for m in nothing %}x{% else %}none{% endfor %}{% for m in d.nothing %}x{% endfor %}"),
    case("for, unpacking", "{% for k, v in d.items() %}{{ k }}={{ v }};{% endfor %}{% for k, v in d | items %}{{ k }}{% endfor %}{% for i, (a, b) in [(1, (2, 3))] %}{{ i }}{{ a }}{{ b }}{% endfor %}"),
    case("for, condition", "{% for m in messages if m.role == 'user' and m.content is string %}{{ loop.index }}/{{ loop.length }}{{ m.content | trim }}{% if not loop.last %},{% endif %}{% endfor %}"),
    case("for inside for", "{% for m in messages %}{% for c in m.tool_calls or [] %}{{ loop.index0 }}{{ c.id }}{% endfor %}{{ loop.index0 }}{% endfor %}"),
    case("for leaves its names behind", "{% set m = 'before' %}{% for m in messages %}{% endfor %}{{ m }}{% for q in [1] %}{% set m = q %}{% endfor %}{{ m }}{{ q is defined }}"),
    case("if, elif, else", "{% for m in messages %}{% if m.role == 'user' %}u{% elif m.role == 'tool' or m.role == 'system' %}t{% elif not m.content %}e{% else %}o{% endif %}{% endfor %}"),
    case("set", "{% set a = 1 %}{% set b, c = 2, [3] %}{% set a = a + b %}{{ a }}{{ b }}{{ c }}{% if true %}{% set a = 'in' %}{% endif %}{{ a }}"),
    case("set from a condition", "{% set s = messages[0].content if messages[0].role == 'system' else none %}{{ s }}{% set t = system | default('none') %}{{ t }}"),
    case("set block", "{% set t %}\n  {{ messages[0].role }} \n{% endset %}[{{ t }}]{% set u | trim | upper %} {{ t }}! {% endset %}[{{ u }}]{{ t is string }}{{ t | length }}"),
    case("namespace()", "{% set ns = namespace(found=false, n=0) %}{% for m in messages %}{% if m.role == 'user' %}{% set ns.found = true %}{% set ns.n = ns.n + 1 %}{% endif %}{% endfor %}{{ ns.found }} {{ ns.n }}"),
    case("namespace of lists and of a dict", "{% set ns = namespace({'a': 1}, l=[]) %}{% for m in messages %}{% set ns.l = ns.l + [m.role] %}{% endfor %}{{ ns.l }}{{ ns.a }}{{ ns.b is defined }}{% set ns.b = {} %}{{ ns.b }}"),
    case("ns.x = inside a macro", "{% set ns = namespace(x=0) %}{% macro bump(by=1) %}{% set ns.x = ns.x + by %}{% endmacro %}{{ bump() }}{{ bump(by=5) }}{{ ns.x }}"),
    case("macro", "{% macro item(m, prefix='- ', last=false) -%}\n  {{ prefix }}{{ m.role }}{{ '' if last else ',' }}\n{%- endmacro %}{% for m in messages %}{{ item(m, last=loop.last) }}{% endfor %}{{ item(messages[0], '* ') }}"),
    case("macro that calls itself and another", "{% macro kind(v) %}{% if v is mapping %}{{ '{' }}{% for k, x in v | dictsort %}{{ k }}:{{ kind(x) }}{{ ',' if not loop.last }}{% endfor %}{{ '}' }}{% elif v is iterable and v is not string %}[{% for x in v %}{{ kind(x) }}{% endfor %}]{% else %}{{ leaf(v) }}{% endif %}{% endmacro %}{% macro leaf(v) %}<{{ v }}>{% endmacro %}{{ kind(d) }}"),
    case("macro, its result as a text", "{% macro m() %}  a  {% endmacro %}{{ m() | trim | upper }}{{ m() is string }}{{ m() == '  a  ' }}{% set r = m() %}{{ r | length }}{{ 'x' ~ m() }}"),
    case("macro, default that reads another", "{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}{{ m(1, 2) }}"),
    case("break and continue", "{% for m in messages %}{% if m.role == 'user' %}{% for c in m.content %}{% if c == 'i' %}{% break %}{% endif %}{{ c }}{% endfor %}{% continue %}{% endif %}{{ loop.index0 }}{% if loop.index == 4 %}{% break %}{% endif %}{% endfor %}"),
    case("filter block", "{% filter trim | replace('a', 'o') | indent(2, true) %} bana\nna {{ d.c }} {% endfilter %}"),
    case("generation tag", "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.role }}{% endgeneration %}{%- else -%}{{ m.role[0] }}{% endif %}{% endfor %}"),
    # Expressions
    case("slices", "{{ messages[1:3] | map(attribute='role') | list }}{{ messages[-1].role }}{{ messages[:-1] | length }}{{ messages[2:][0].role }}{{ 'abcdef'[1:-1] }}{{ 'abcdef'[:2] ~ 'abcdef'[-2:] }}"),
    case("slices, negative step", "{% for m in messages[::-1] %}{{ loop.index0 }}{{ m.role }};{% endfor %}{{ 'h\u00e9llo'[::-1] }}{{ [1, 2, 3, 4, 5][3:0:-2] }}{{ [1, 2, 3][::-2] }}{{ (1, 2, 3)[::-1] }}{{ [][::-1] }}"),
    case("slices, ends by names", "{% set a = 1 %}{% set z = none %}{{ [1, 2, 3, 4][a:] }}{{ [1, 2, 3, 4][a:z] }}{{ [1, 2, 3, 4][:a + 1] }}{{ [1, 2, 3, 4][-a:] }}{{ [1, 2, 3, 4][9:] }}{{ [1, 2][-9:1] }}"),
    case("inline if", "{{ 'a' if d.b == 1 else 'b' }}{{ 'x' if d.b == 2 }}{{ ('y' if d.a) ~ 'z' }}{{ 1 if 0 else 2 if 0 else 3 }}{{ 'k' if d.zz is defined else d.c }}"),
    case("literals of lists, tuples and dicts", "{{ [1, 'a', (2,), {'k': [none]}] }}{{ ('x', 'y') }}{{ {'a': {'b': 1}}['a']['b'] }}{{ {1: 'one', 'two': 2}[1] }}{{ [] }}{{ {} }}{{ ['a', 'b',] }}"),
    case("~", "{{ 'a' ~ 1 ~ none ~ true ~ 1.5 ~ [1] ~ nothing ~ {'k': 'v'} }}"),
    case("% and *", "{{ 7 % 3 }}{{ (messages | length) % 2 == 1 }}{{ -1 % 3 }}{{ '=' * 5 }}{{ 3 * 'ab' }}{{ 2 * 3 + 1 }}{{ loop_index0 | default(3) % 2 }}"),
    case("in and not in", "{{ 'role' in messages[0] }}{{ 'x' not in messages[0] }}{{ 'a' in 'abc' }}{{ 1 in [1, 2] }}{{ messages[0].role in ['user', 'system'] }}{{ '' in 'a' }}{{ none in [none] }}{{ 'b' in d.keys() }}{{ {'a': 1} in [{'a': 1}] }}"),
    case("and, or, not", "{{ d.nothing or 'else' }}{{ d.b and d.c }}{{ not d.b }}{{ not (d.b and nothing) }}{{ nothing and nothing.more }}{{ 0 or '' or [] or 'last' }}{{ (d.a or false) and not false }}"),
    case("comparisons", "{{ 1 == 1.0 }}{{ 'a' == 'a' }}{{ none == nothing }}{{ nothing == nothing2 }}{{ '' == nothing }}{{ [1] == [1.0] }}{{ (1, 2) == [1, 2] }}{{ true == 1 }}{{ 'a' < 'b' }}{{ 2 >= 2.0 }}{{ 1 != '1' }}{{ {'a': 1, 'b': 2} == {'b': 2, 'a': 1} }}"),
    case("arithmetic", "{{ 7 // 2 }}{{ 7 / 2 }}{{ 2 ** 3 }}{{ 1 - 2 - 3 }}{{ 10 - 2 * 3 }}{{ (1 + 2) * 3 }}{{ -3 + 5 }}{{ messages | length - 1 }}{{ 'a' + 'b' }}{{ [1] + [2] }}{{ 5.0 // 2 }}{{ 1e3 }}{{ 0.1 + 0.2 }}{{ 1e22 }}{{ 1e-7 }}"),
    case("attributes and items", "{{ messages[0].role }}{{ messages[0]['role'] }}{{ messages[2].tool_calls[0].function.arguments.x[1] }}{{ messages[0].get('zz') }}{{ d.A[1].c }}{{ d['A'][-1]['c'] }}{{ d.zz }}{{ d['zz'] is defined }}"),
    # Loop variables
    case("loop.first, last, index, index0", "{% for m in messages %}{{ loop.first }}{{ loop.last }}{{ loop.index }}{{ loop.index0 }};{% endfor %}"),
    case("loop.previtem and nextitem", "{% for m in messages %}{% if loop.previtem is defined and loop.previtem.role == 'system' %}after{% endif %}{{ m.role }}{% if loop.nextitem is defined and loop.nextitem.role == 'user' %}!{% endif %}{% if loop.previtem %}.{% endif %}{% if not loop.nextitem %}end{% endif %}{% endfor %}"),
    case("loop.revindex, length, cycle, changed", "{% for m in messages %}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.length }}{{ loop.cycle('a', 'b') }}{{ loop.changed(m.role == 'user') }};{% endfor %}"),
    case("loop of the outer loop by a name", "{% for m in messages %}{% set outer = loop %}{% for c in m.tool_calls or [] %}{{ outer.index }}{{ loop.index }}{{ outer.last }}{% endfor %}{% endfor %}"),
    # Filters
    case("tojson", "{{ messages | tojson }}"), case("tojson of scalars", "{{ none | tojson }}{{ true | tojson }}{{ 1.0 | tojson }}{{ 'a\"\\n/<>&\\'\u2028\U0001f600' | tojson }}{{ [] | tojson }}{{ {} | tojson }}{{ 1e100 | tojson }}{{ (1, 2) | tojson }}"),
    case("tojson, indent", "{{ d | tojson(indent=4) }}{{ d | tojson(indent=0) }}{{ [] | tojson(indent=2) }}{{ [[], {}, [1]] | tojson(indent=1) }}{{ d | tojson(indent=none) }}{{ d | tojson(indent='\\t') }}"),
    case("tojson, ensure_ascii", "{{ messages[4] | tojson(ensure_ascii=true) }}{{ messages[4] | tojson(ensure_ascii=false) }}{{ '\U0001f600\u2028' | tojson(ensure_ascii=True) }}"),
    case("tojson, separators and sort_keys", "{{ d | tojson(separators=(',', ':')) }}{{ {'b': {'z': 1, 'y': 2}, 'a': 0} | tojson(sort_keys=true) }}{{ d | tojson(indent=2, separators=(' ,', ' : ')) }}"),
    case("tojson, by place", "{{ 'caf\u00e9' | tojson(true) }}{{ {'k': [1]} | tojson(false, 2) }}{{ {'b': 1, 'a': [2]} | tojson(false, none, [',', ':'], true) }}"),
    case("tojson, keys that are no texts", "{{ {1: 'a', true: 'b', none: 'c', 1.5: 'd'} | tojson }}"),
    case("length", "{{ messages | length }}{{ 'h\u00e9' | length }}{{ d | length }}{{ [] | length == 0 }}{{ nothing | length }}{{ messages | length > 3 }}{{ (messages | length) - 1 }}{{ [1] | count }}"),
    case("trim", "[{{ ' a\\n' | trim }}][{{ messages[1].content | trim }}][{{ 'xxaxx' | trim('x') }}][{{ nothing | trim }}][{{ none | trim }}][{{ 5 | trim }}]"),
    case("string", "{{ 5 | string + 'a' }}{{ true | string }}{{ none | string }}{{ 1.0 | string }}{{ [1, 'a'] | string }}{{ {'a': \"it's\"} | string }}{{ nothing | string }}{{ 'a' | string is string }}"),
    case("items", "{% for k, v in d | items %}{{ k }}{{ v }}{% endfor %}{{ nothing | items | list }}{{ {} | items | list }}{{ (d | items | list)[0][1] }}"),
    case("items of none", "{{ none | items | list }}"),
    case("join", "{{ ['a', 1, none] | join(', ') }}{{ [] | join('x') }}{{ messages | map(attribute='role') | join('|') }}{{ 'abc' | join('-') }}{{ messages | join(',', attribute='role') }}{{ [1, 2] | join }}{{ d | join('/') }}"),
    case("default", "{{ nothing | default('a') }}{{ d.zz | default('b') }}{{ '' | default('c') }}{{ '' | default('d', true) }}{{ none | default('e') }}{{ none | default('f', boolean=true) }}{{ nothing | default }}{{ nothing | default(none) }}{{ nothing | default({}) | length }}{{ 0 | default(1, true) }}"),
    case("list", "{{ 'ab' | list }}{{ d | list }}{{ (1, 2) | list }}{{ range(2) | list }}{{ nothing | list }}{{ messages | map(attribute='role') | list }}{{ d.values() | list | length }}"),
    case("safe", "{{ '<b>' | safe }}{{ 5 | safe }}{{ ('a' | safe) ~ '<' }}"),
    case("selectattr", "{{ messages | selectattr('role', 'equalto', 'user') | list | length }}{{ messages | selectattr('role', '==', 'tool') | map(attribute='role') | first }}{{ messages | selectattr('tool_calls', 'defined') | list | length }}{{ messages | selectattr('name') | list }}{{ messages | selectattr('role', 'in', ['user', 'tool']) | list | length }}{{ messages | selectattr('content', 'string') | list | length }}{{ messages | selectattr('name', 'none') | list | length }}{{ messages | selectattr('role', 'ne', 'user') | list | length }}"),
    case("rejectattr", "{{ messages | rejectattr('role', 'equalto', 'user') | map(attribute='role') | join(',') }}{{ messages | rejectattr('tool_calls', 'defined') | list | length }}{{ messages | rejectattr('content') | list | length }}"),
    case("select and reject", "{{ [1, '', none, 'a'] | select | list }}{{ ['a', 1] | select('string') | list }}{{ [1, 2, 3] | reject('odd') | list }}{{ [1, 2, 3] | reject('in', [2]) | list }}{{ [1, 2, 3] | select('gt', 1) | list }}{{ [none, 1] | reject('none') | list }}"),
    case("map", "{{ messages | map(attribute='content') | select('string') | list }}{{ [' a '] | map('trim') | list }}{{ ['ab'] | map('replace', 'a', 'x') | list }}{{ [{'a': {'b': 1}}] | map(attribute='a.b') | list }}{{ [{}, {'a': 1}] | map(attribute='a', default=0) | list }}{{ [1, 2] | map('string') | join }}{{ [[1, 2], [3]] | map('length') | list }}{{ [[1, 2]] | map(attribute=1) | list }}"),
    case("dictsort", "{{ d | dictsort }}{{ d | dictsort(true) }}{% for k, v in {'b': 2, 'a': 3} | dictsort(by='value') %}{{ k }}{{ v }}{% endfor %}{{ {'b': 1, 'a': 2} | dictsort(reverse=true) }}"),
    case("lower and upper", "{{ 'ABC\u00c9' | lower }}{{ 'abc\u00e9' | upper }}{{ 'stra\u00dfe' | upper }}{{ '\u00dfa' | capitalize }}{{ true | lower }}{{ none | upper }}{{ 5 | lower }}"),
    case("title", "{{ \"it's a-b (cD [e <f\" | title }}{{ \"it's a-b\".title() }}{{ '\u00dfa' | title }}{{ '\u00dfa \u00dfb'.title() }}"),
    case("replace", "{{ 'aXbX' | replace('X', '-') }}{{ 'aaa' | replace('a', 'b', 2) }}{{ 'x' | replace('y', 'z') }}{{ 'a\\nb' | replace('\\n', '\\\\n') }}{{ 12 | replace(1, 3) }}"),
    case("indent", "{{ 'a\\nb\\n\\nc' | indent }}|{{ 'a\\nb' | indent(2) }}|{{ 'a\\nb' | indent(width=3, first=true) }}|{{ 'a\\n\\nb' | indent(2, blank=true) }}|{{ 'a\\nb' | indent('> ', true) }}|{{ 'a\\n' | indent(2) }}"),
    case("capitalize", "{{ 'hELLO wORLD' | capitalize }}{{ '\u00e9A' | capitalize }}{{ '' | capitalize }}{{ '1aB' | capitalize }}{{ ' aB' | capitalize }}"),
    case("first and last", "{{ messages | first | tojson }}{{ (messages | last).role }}{{ 'abc' | last }}{{ [] | first is defined }}{{ d | first }}{{ [[1]] | first | first }}{{ [] | last }}"),
    case("int", "{{ '5' | int + 1 }}{{ ' 7 ' | int }}{{ 'x' | int }}{{ 'x' | int(9) }}{{ 3.99 | int }}{{ -3.99 | int }}{{ true | int }}{{ none | int }}{{ '3.7' | int }}{{ '1e2' | int }}{{ '-4' | int }}"),
    case("int of what is not there", "{{ nothing | int }}"),
    case("unique", "{{ [1, 2, 1, '1'] | unique | list }}{{ ['a', 'A', 'b'] | unique | list }}{{ ['a', 'A'] | unique(case_sensitive=true) | list }}{{ messages | map(attribute='role') | unique | join(',') }}{{ messages | unique(attribute='role') | list | length }}"),
    case("sort", "{{ [3, 1, 2] | sort }}{{ ['b', 'A', 'c', 'a'] | sort }}{{ ['b', 'A'] | sort(case_sensitive=true) }}{{ [1, 3] | sort(reverse=true) }}{{ messages | sort(attribute='role') | map(attribute='role') | list }}{{ [{'a': 1, 'b': 2}, {'a': 1, 'b': 1}] | sort(attribute='a,b') | map(attribute='b') | list }}{{ d | sort }}"),
    case("filters bind before operators", "{{ 'a' ~ 'b' | upper }}{{ not '' | length }}{{ -1 | abs }}{{ 1 + 2 | string | length }}{{ ('a' ~ 'b') | upper }}{{ nothing | default('x') ~ 'y' }}{{ 'a' in 'ABC' | lower }}"),
    # Tests
    case("defined and undefined", "{{ messages is defined }}{{ nothing is defined }}{{ nothing is undefined }}{{ d.b is defined }}{{ d.zz is not defined }}{{ d['zz'] is undefined }}{{ messages[9] is defined }}{{ none is defined }}{{ not nothing is defined }}"),
    case("string", "{{ 'a' is string }}{{ 5 is string }}{{ none is string }}{{ nothing is string }}{{ messages[3].content is string }}{{ messages[0].content is not string }}"),
    case("none", "{{ none is none }}{{ nothing is none }}{{ 0 is none }}{{ messages[1].name is none }}{{ messages[1].name is not none }}{{ None is none }}"),
    case("mapping", "{{ d is mapping }}{{ [] is mapping }}{{ 'a' is mapping }}{{ none is mapping }}{{ namespace(a=1) is mapping }}"),
    case("iterable and sequence", "{% for v in ['a', 1, none, [], (1,), {}, true, 1.5] %}{{ v is iterable }}{{ v is sequence }};{% endfor %}{{ nothing is iterable }}{{ nothing is sequence }}{{ range(2) is iterable }}{{ d.items() is iterable }}"),
    case("true, false and boolean", "{% for v in [true, false, 1, 0, 'true', none] %}{{ v is true }}{{ v is false }}{{ v is boolean }};{% endfor %}{{ nothing is true }}{{ nothing is boolean }}"),
    case("number, integer, float", "{% for v in [1, 1.5, true, '1', none] %}{{ v is number }}{{ v is integer }}{{ v is float }};{% endfor %}"),
    case("tests bind after filters", "{{ messages | length is number }}{{ 'A' | lower is string }}{{ d.b is defined and d.b is not none }}{{ not d.zz is defined }}{{ 'a' is string == true }}"),
    # Methods
    case("split", "{{ 'a</think>b</think>c'.split('</think>')[-1] }}{{ 'a b  c'.split() }}{{ 'a,b,c'.split(',', 1) }}{{ 'a,b'.split(';') }}{{ ''.split(',') }}{{ '\\n a \\n'.split('\\n') }}{{ 'x'.split('x') }}{{ 'a-b-c'.split('-', maxsplit=1) }}{{ 'a-b'.split(sep='-') }}"),
    case("items", "{% for k, v in d.items() %}{{ k }}:{{ v | tojson }}{{ ', ' if not loop.last }}{% endfor %}{{ {'items': 1}['items'] }}{% for k, v in {'items': 2}.items() %}{{ k }}{{ v }}{% endfor %}{{ d.items() | list | length }}"),
    case("lstrip, rstrip, strip", "[{{ '\\n a \\n'.lstrip('\\n') }}][{{ '\\n a \\n'.rstrip('\\n') }}][{{ ' a '.strip() }}][{{ '<|a|>'.strip('<|>') }}][{{ '\\t\\u00a0a\\u3000'.strip() }}][{{ 'a'.lstrip() }}][{{ ''.strip() }}][{{ 'abc'.rstrip('cb') }}]"),
    case("get", "{{ d.get('b') }}{{ d.get('zz') }}{{ d.get('zz', 'x') }}{{ messages[2].get('tool_calls', [])[0].id }}{{ d.get('zz', {}).get('y') is none }}{{ messages[0].get('tool_calls') or 'no' }}"),
    case("startswith and endswith", "{{ 'abc'.startswith('ab') }}{{ 'abc'.endswith('bc') }}{{ 'abc'.startswith(('x', 'a')) }}{{ messages[1].content.endswith('\\n') }}{{ ''.startswith('') }}{{ 'a'.startswith('ab') }}{% if messages[0].content.strip().startswith('Be') and not messages[0].content.endswith('</s>') %}yes{% endif %}"),
    case("append and pop", "{% set l = [] %}{% for m in messages %}{% set _ = l.append(m.role) %}{% endfor %}{{ l }}{{ l.pop() }}{{ l.pop(0) }}{{ l | length }}{% set d2 = {'a': 1} %}{{ d2.pop('a') }}{{ d2.pop('b', 'none') }}{{ d2 }}"),
    case("replace", "{{ 'a b a'.replace('a', 'c') }}{{ 'a b a'.replace('a', '', 1) }}{{ 'abc'.replace('z', 'y') }}{{ '\"q\"'.replace('\"', '\\\\\"') }}{{ 'aaa'.replace('aa', 'b') }}"),
    case("other methods of texts", "{{ 'ab'.upper() }}{{ 'AB'.lower() }}{{ 'a b'.title() }}{{ 'aB'.capitalize() }}{{ ','.join(['a', 'b']) }}{{ 'abc'.find('c') }}{{ 'aXa'.count('a') }}{{ '12'.isdigit() }}{{ 'a\\nb'.splitlines() }}"),
    # Globals
    case("raise_exception", "{% if messages[0].role != 'user' %}{{ raise_exception('Conversation must start with ' ~ 'user') }}{% endif %}"),
    case("strftime_now", "{{ strftime_now('%d %b %Y') }}|{{ strftime_now('%Y-%m-%d') }}|{{ strftime_now('%B %-d, %Y') }}|{{ strftime_now('%A, %H:%M') }}"),
    case("range", "{% for i in range(3) %}{{ i }}{% endfor %}{{ range(1, 4) | list }}{{ range(5, 0, -2) | list }}{% for i in range(messages | length - 1, -1, -1) %}{{ messages[i].role[0] }}{% endfor %}{{ range(0) | list }}{{ 2 in range(3) }}{{ range(3) | length }}"),
    case("what is not there", "{{ nothing }}{{ d.zz }}{{ nothing is defined and nothing.more }}{{ nothing ~ 'a' }}{{ [nothing] | length }}{{ nothing in [1] }}{{ not nothing }}{{ 'a' if nothing else 'b' }}"),
    case("what is not there, an attribute of it", "{{ nothing.more }}"),
    case("what is not there, an item of it", "{{ nothing[0] }}"), case("what is not there, a method of it", "{{ nothing.get('a') }}"),
    case("what is not there, as JSON", "{{ nothing | tojson }}"), case("what is not there, added", "{{ nothing + 'a' }}"),
    case("none, an attribute of it", "{{ none.more }}"), case("none, an attribute of an attribute of it", "{{ none.more.still }}"),
    case("none, gone through", "{% for x in none %}{% endfor %}"), case("none, its length", "{{ none | length }}"),
]
