// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tool_calls.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

/// The whole text in pushes of `bytes`, and what came of it.
tool_output parsed(std::string_view text, std::size_t bytes = 1'000'000) {
  tool_call_parser with;
  tool_output out;
  for (std::size_t at = 0; at < text.size(); at += bytes) {
    with.push(text.substr(at, bytes), out);
  }
  with.flush(out);
  return out;
}

constexpr std::string_view one_call =
    "<tool_call>\n{\"name\": \"add\", \"arguments\": {\"a\": 1, \"b\": \"x y\"}}\n</tool_call>";

TEST_CASE("a call is taken out of the text around it") {
  const auto out = parsed("Let me see.\n" + std::string(one_call) + "\n");

  CHECK(out.content == "Let me see.");
  REQUIRE(out.calls.size() == 1);
  CHECK(out.calls[0].name == "add");
  CHECK(out.calls[0].arguments == "{\"a\": 1, \"b\": \"x y\"}");
}

TEST_CASE("a call is given as soon as its closing tag is there") {
  tool_call_parser with;
  tool_output out;

  with.push(one_call.substr(0, one_call.size() - 1), out);
  CHECK(out.calls.empty());
  CHECK(out.content.empty());
  with.push(">", out);
  CHECK(out.calls.size() == 1);
  CHECK(with.calls_count() == 1);
}

TEST_CASE("text that only begins like a tag is given back") {
  tool_call_parser with;
  tool_output out;

  with.push("a <tool", out);
  CHECK(out.content == "a");
  with.push("box>", out);
  CHECK(out.content == "a <toolbox>");
}

TEST_CASE("several calls follow each other") {
  const auto out = parsed(std::string(one_call) + "\n" + std::string(one_call) + "\nDone.");

  CHECK(out.calls.size() == 2);
  CHECK(out.content == "Done.");
}

TEST_CASE("what is no call is given back as it was written") {
  for (const std::string text :
       {"<tool_call>\nnot json\n</tool_call> after", "<tool_call>{\"nome\": 1}</tool_call>",
        "<tool_call>{\"name\": \"f\", \"arguments\": [1]}</tool_call>",
        "<tool_call>{\"name\": ", "<tool_call>{\"name\": \"\", \"arguments\": {}}</tool_call>",
        "</tool_call>", "x <tool_c"}) {
    CAPTURE(text);
    const auto out = parsed(text);
    CHECK(out.calls.empty());
    CHECK(out.content == text);
  }
}

TEST_CASE("arguments may be text, absent or called parameters, and the last tag may be missing") {
  CHECK(parsed(R"(<tool_call>{"name":"f","arguments":"{\"a\":1}"}</tool_call>)").calls[0].arguments
        == "{\"a\":1}");
  CHECK(parsed(R"(<tool_call>{"name":"f"}</tool_call>)").calls[0].arguments == "{}");
  CHECK(parsed(R"(<tool_call>{"name":"f","parameters":{"a":2}}</tool_call>)").calls[0].arguments
        == "{\"a\": 2}");
  CHECK(parsed(R"(<tool_call>{"name":"f","arguments":{}})").calls.size() == 1);
}

TEST_CASE("an endless call becomes text at the limit") {
  tool_call_parser with;
  tool_output out;
  with.push("<tool_call>", out);
  for (int part = 0; part < 20; ++part) {
    with.push(std::string(100'000, 'x'), out);
  }
  with.flush(out);

  CHECK(out.calls.empty());
  CHECK(out.content.size() == 11 + 2'000'000);
}

TEST_CASE("how the text is cut into pushes changes nothing") {
  const std::string text = "Hi <b> </tool_call> <tool_call>{}</tool_call>\n\n"
                           + std::string(one_call) + " \n and\n\n" + std::string(one_call)
                           + "<tool_call>{\"n";
  const auto expected = parsed(text);
  for (std::size_t bytes = 1; bytes < 40; ++bytes) {
    const auto out = parsed(text, bytes);
    CHECK(out.content == expected.content);
    CHECK(out.calls.size() == expected.calls.size());
  }
  CHECK(expected.calls.size() == 2);
}

} // namespace
} // namespace troupe::text
