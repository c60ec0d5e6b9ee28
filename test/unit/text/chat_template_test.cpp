// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/chat_template.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/files.hpp"

#include <doctest/doctest.h>

#include <chrono>

namespace troupe::text {
namespace {

error failure_of(std::string_view source, const render_limits& limits = {}) {
  const auto parsed = chat_template::parse(source);
  if (!parsed) {
    return parsed.err();
  }
  const auto rendered = parsed->render(json::object_of({{"x", "text"}}), limits);
  return rendered ? error{} : rendered.err();
}

std::string repeated(std::string_view part, std::size_t count) {
  std::string out;
  for (std::size_t at = 0; at < count; ++at) {
    out += part;
  }
  return out;
}

TEST_CASE("an error names the line and what to do") {
  auto why = failure_of("a\n\n{{ nobody.name }}");
  CHECK(why.code == errors::template_failed);
  CHECK(why.text.find("line 3") != std::string::npos);
  CHECK(why.text.find("'nobody'") != std::string::npos);

  why = failure_of("{# 1\n2 #}\n{% if x %}\n{{ x | nofilter }}{% endif %}");
  CHECK(why.text.find("line 4") != std::string::npos);
  CHECK(why.text.find("nofilter") != std::string::npos);

  why = failure_of("{{ raise_exception('roles must alternate') }}");
  CHECK(why.text.find("roles must alternate") != std::string::npos);
}

TEST_CASE("tags that would reach outside the template are refused") {
  for (const auto* source : {"{% include 'a' %}", "{% import 'a' as b %}", "{% extends 'a' %}",
                             "{% block a %}{% endblock %}", "{% call m() %}{% endcall %}",
                             "{% for a in x recursive %}{% endfor %}", "{{ x.__class__.y }}"}) {
    CAPTURE(source);
    CHECK(failure_of(source).code == errors::template_failed);
  }
}

TEST_CASE("a template that never ends or grows without end is stopped") {
  const render_limits small{.steps = 100'000, .output_bytes = 10'000};
  for (const auto* source :
       {"{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}",
        "{{ range(100000000) }}", "{{ 'x' * 1000000000 }}", "{{ ([1] * 99999999) | length }}",
        "{% set n = namespace(s='x') %}{% for a in range(64) %}{% set n.s = n.s ~ n.s %}{% endfor "
        "%}",
        "{% set n = namespace(s=[1]) %}{% for a in range(64) %}{% set n.s = n.s + n.s %}{% endfor "
        "%}",
        "{% for a in range(9999) %}0123456789{% endfor %}",
        "{% set l = [] %}{{ l.append(l) }}{{ l }}",
        "{% set l = [] %}{{ l.append(l) }}{{ l | tojson }}",
        "{% set l = [] %}{{ l.append(l) }}{{ l.append(l) }}{% set m = [] %}{{ m.append(m) }}{{ "
        "m.append(m) }}{{ l == m }}",
        "{{ 9 ** 99 }}"}) {
    CAPTURE(source);
    CHECK(failure_of(source, small).code == errors::template_failed);
  }
}

TEST_CASE("each limit stops a template at once and says which it was") {
  const render_limits small{
      .steps = 10'000, .output_bytes = 1'000, .range_items = 100, .depth = 40};
  const auto why = [&](std::string_view source) {
    const auto failed = failure_of(source, small);
    CHECK(failed.code == errors::template_failed);
    CHECK(failed.text.find("the chat template, line 2, ") == 0);
    return failed.text;
  };
  const auto says = [](const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  };
  CHECK(says(
      why("\n{% for a in range(99) %}{% for b in range(99) %}{{ '' }}{% endfor %}{% endfor %}"),
      "took more than 10000 steps"));
  CHECK(says(why("\n{% for a in range(99) %}0123456789ab{% endfor %}"),
             "printed more than 1000 bytes"));
  CHECK(says(why("\n{% set t = ('x' * 600) ~ ('y' * 600) %}"), "a text of more than 1000 bytes"));
  CHECK(says(why("\n{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}"), "nested too deeply"));
  CHECK(says(why("\n{{ range(101) }}"), "a range of more than 100 items"));

  const auto within = failure_of("{% for a in range(99) %}0123456789{% endfor %}", small);
  CHECK(within.code == errc::none);
  CHECK(failure_of("{{ " + repeated("[", 15) + repeated("]", 15) + " }}", small).code
        == errc::none);
}

TEST_CASE("steps bound the time that a template takes, whatever it does with them") {
  for (const auto* source :
       {"{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% set t = 'x' * 100000 %}{% for a in range(99999) %}{% set u = t.upper() %}{% endfor %}",
        "{% set d = {} %}{% for a in range(99999) %}{% set _ = d.update({a: a}) %}{% endfor %}",
        "{% set l = [] %}{% for a in range(99999) %}{% set _ = l.insert(0, a) %}{% endfor %}",
        "{% set l = range(99999) | list %}{% for a in l %}{% set _ = l | sort | unique | list %}"
        "{% endfor %}",
        "{% set t = 'a,' * 100000 %}{% for a in range(99999) %}{% set _ = t.split(',') | join %}"
        "{% endfor %}",
        "{% set t = 'x' * 100000 %}{% for a in range(99999) %}{% set _ = [t] | tojson | tojson %}"
        "{% endfor %}"}) {
    CAPTURE(source);
    const auto begin = std::chrono::steady_clock::now();
    CHECK(failure_of(source, {.steps = 2'000'000}).text.find("steps") != std::string::npos);
    CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(10));
  }
}

TEST_CASE("from_json reads what tojson writes, and fails where there is no JSON") {
  const auto parsed =
      chat_template::parse("{% set v = x | from_json %}{{ v.a[1] }}{{ v | tojson }}");
  const auto render = [&](std::string_view text) {
    return parsed->render(json::object_of({{"x", text}}));
  };
  CHECK(*render(R"({"a": [1, "b"], "c": null})") == R"(b{"a": [1, "b"], "c": null})");
  CHECK(render("{").err().text.find("not JSON") != std::string::npos);
  CHECK_FALSE(render("").has_value());
}

TEST_CASE("what a step looks at is paid for: texts compared, searched, tested, used as keys") {
  const render_limits few{.steps = 400'000};
  for (const auto* once :
       {"a == b", "a < b", "'y' in a", "a.find('y')", "a.rfind('y')", "a.count('y')", "a.isalpha()",
        "a | int", "a is lower", "d[a]", "d.get(a)", "a in d", "d == e", "a[5:6] == a[6:7]"}) {
    const auto source =
        std::string("{% set a = 'x' * 1000000 %}{% set b = 'x' * 1000000 %}{% set d = {a: 1} %}"
                    "{% set e = {b: 1} %}{% for i in range(100) %}{% set z = ")
        + once + " %}{% endfor %}";
    CAPTURE(once);
    CHECK(failure_of(source, few).text.find("steps") != std::string::npos);
  }
  CHECK(failure_of("{% set l = [] %}{% set _ = l.append(l) %}{% set z = ([l] * 100) | "
                   "map(attribute='0.' * 10000) | list %}",
                   few)
            .text.find("steps")
        != std::string::npos);
}

TEST_CASE("many names and many variables are paid for") {
  std::string source;
  for (int at = 0; at < 5'000; ++at) {
    source += "{% set x" + std::to_string(at) + " = 1 %}";
  }
  CHECK(failure_of(source, {.steps = 100'000}).text.find("steps") != std::string::npos);
  json::value variables = json::object_of({});
  for (int at = 0; at < 5'000; ++at) {
    variables.as_object()->push_back({"v" + std::to_string(at), 1});
  }
  const auto parsed = chat_template::parse("{{ v1 }}");
  CHECK_FALSE(parsed->render(variables, {.steps = 100'000}).has_value());
  CHECK(parsed->render(variables).has_value());
}

TEST_CASE("a text put between many items stops at the limit of the output") {
  const render_limits wide{.output_bytes = 1U << 20U};
  for (const auto* source : {"{{ l | tojson(separators=(t, ':')) }}", "{{ t.join(l) }}",
                             "{{ d | tojson(separators=(', ', t)) }}", "{{ l | join(t) }}",
                             "{{ l | tojson(indent=64) }}"}) {
    CAPTURE(source);
    CHECK(failure_of("{% set t = 'x' * 1000000 %}{% set l = ['y'] * 20000 %}{% set d = {} %}{% for "
                     "i in range(2000) %}{% set _ = d.update({i: i}) %}{% endfor %}"
                         + std::string(source),
                     wide)
              .text.find("a text of more than")
          != std::string::npos);
  }
}

TEST_CASE("a text is found in linear time, whatever both are") {
  CHECK(failure_of("{% set a = 'a' * 2000000 %}{% set b = 'a' * 1000000 ~ 'b' %}{{ b in a }}"
                   "{{ a.find(b) }}{{ a.count(b) }}{{ a.split(b) | length }}{{ a.replace(b, '') | "
                   "length }}")
            .code
        == errc::none);
}

TEST_CASE("lists that hold each other deeply are freed without recursion") {
  CHECK(failure_of("{% set n = namespace(l=[]) %}{% for a in range(90000) %}{% set n.l = [n.l] "
                   "%}{% endfor %}")
            .code
        == errc::none);
}

TEST_CASE("a source that is nested too deeply is refused and does not use up the stack") {
  for (const auto& source :
       {"{{ " + repeated("(", 100'000) + "1" + repeated(")", 100'000) + " }}",
        "{{ " + repeated("[", 100'000) + " }}", "{{ " + repeated("{'a':", 100'000) + " }}",
        "{{ " + repeated("not ", 100'000) + "1 }}", "{{ " + repeated("-", 100'000) + "1 }}",
        "{{ 1" + repeated(" + 1", 100'000) + " }}", "{{ x" + repeated(".a", 100'000) + " }}",
        "{{ x" + repeated(" | upper", 100'000) + " }}",
        "{{ 1" + repeated(" if 1 else 1", 50'000) + " }}", "{{ x" + repeated("(", 100'000) + " }}",
        "{{ x" + repeated("[0]", 100'000) + " }}", "{{ x" + repeated(" is string", 50'000) + " }}",
        repeated("{% if 1 %}", 50'000), repeated("{% for a in x %}", 40'000),
        "{% for " + repeated("(", 100'000) + " %}"}) {
    CAPTURE(source.substr(0, 40));
    CHECK(failure_of(source).code == errors::template_failed);
  }
}

TEST_CASE("mutated templates are refused or render") {
  const auto golden = json::parse(source_file("test/unit/text/template_golden.json"));
  REQUIRE(golden);
  const auto& cases = *golden->find("cases")->as_array();
  rng random(17);
  int rendered_count = 0;
  for (int round = 0; round < 6'000; ++round) {
    const auto& one = cases[random.below(cases.size())];
    auto source = *one.find("template")->as_string();
    for (std::uint64_t edits = 1 + random.below(3); edits > 0 && !source.empty(); --edits) {
      const auto at = random.below(source.size());
      const auto& other = *cases[random.below(cases.size())].find("template")->as_string();
      const auto from = random.below(other.size() + 1);
      if (random.below(2) == 0) {
        source.erase(at, 1 + random.below(6));
      } else {
        source.insert(at, other.substr(from, 1 + random.below(12)));
      }
    }
    const auto parsed = chat_template::parse(source);
    const auto rendered = parsed ? parsed->render(*one.find("variables"),
                                                  {.steps = 200'000, .output_bytes = 1U << 20U})
                                 : result<std::string>(parsed.err());
    rendered_count += rendered ? 1 : 0;
    const auto code = rendered ? errors::template_failed : rendered.err().code;
    CHECK(code == errors::template_failed);
  }
  CHECK(rendered_count > 300);
}

} // namespace
} // namespace troupe::text
