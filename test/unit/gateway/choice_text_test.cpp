// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/choice_text.hpp"

#include "actors/gateway/prepare.hpp"
#include "actors/gateway/text_filters.hpp"
#include "test/unit/gateway/test_model.hpp"

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace troupe;

namespace {

choice_text text_side(std::vector<std::string> stops, bool parse_tool_calls = false) {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->stops = std::move(stops);
  what->parse_tool_calls = parse_tool_calls;
  return {std::move(what), request_id{{7, 8}}, 0};
}

/// Pushes a token per byte; returns what came out per push, and whether a stop string ended it.
std::pair<std::vector<std::string>, bool> push_all(choice_text& side, std::string_view bytes) {
  std::vector<std::string> deltas;
  for (const char byte : bytes) {
    const bool stopped = side.push(static_cast<unsigned char>(byte));
    deltas.push_back(side.take().text);
    if (stopped) {
      return {deltas, true};
    }
  }
  return {deltas, false};
}

std::string joined(const std::vector<std::string>& parts) {
  std::string all;
  for (const auto& part : parts) {
    all += part;
  }
  return all;
}

} // namespace

TEST_CASE("a character comes out when its last byte is in") {
  auto side = text_side({});

  const auto [deltas, stopped] = push_all(side, "a\xC3\xA9z");

  CHECK(deltas == std::vector<std::string>{"a", "", "\xC3\xA9", "z"});
}

TEST_CASE("an answer that ends inside a character ends with one replacement") {
  auto side = text_side({});
  static_cast<void>(push_all(side, "a\xE2\x82"));

  side.finish();

  CHECK(side.take().text == "\xEF\xBF\xBD");
}

TEST_CASE("a stop string ends the answer before it and never shows, not even in part") {
  auto side = text_side({"END"});

  const auto [deltas, stopped] = push_all(side, "ab EN END cd");

  CHECK(stopped);
  CHECK(joined(deltas) == "ab EN ");
  CHECK(deltas[3].empty());
  CHECK(deltas[4].empty());
  CHECK(deltas[5] == "EN ");
}

TEST_CASE("what could have become a stop string is text when the answer ends") {
  auto side = text_side({"END"});
  const auto [deltas, stopped] = push_all(side, "ab EN");

  side.finish();

  CHECK(joined(deltas) + side.take().text == "ab EN");
}

TEST_CASE("of several stop strings the one complete first counts, however the text is cut") {
  const std::vector<std::string> stops{"abcd", "bc"};
  for (const std::size_t cut : {1U, 2U, 3U, 4U, 5U}) {
    stop_filter filter(stops);
    std::string out;
    bool stopped = false;
    const std::string_view text = "xabcd";
    for (std::size_t at = 0; at < text.size() && !stopped; at += cut) {
      stopped = filter.push(text.substr(at, cut), out);
    }
    CHECK(stopped);
    CHECK(out == "xa");
  }
}

TEST_CASE("a tool call is taken out of the text whole, with its arguments as JSON") {
  auto side = text_side({}, true);

  static_cast<void>(push_all(side, "I look. "));
  for (const auto token : {257U}) {
    CHECK_FALSE(side.push(token));
  }
  std::vector<tool_call_delta> calls;
  for (const char byte :
       std::string_view("\n{\"name\":\"f\",\"arguments\":{\"a\":1,\"b\":[2]}}\n")) {
    side.push(static_cast<unsigned char>(byte));
    CHECK(side.take().tool_calls.empty());
  }
  side.push(258);
  const auto delta = side.take();
  static_cast<void>(push_all(side, "\n"));
  side.finish();

  REQUIRE(delta.tool_calls.size() == 1);
  CHECK(delta.tool_calls[0].index == 0);
  CHECK(delta.tool_calls[0].id.starts_with("call_"));
  CHECK(delta.tool_calls[0].name == "f");
  CHECK(delta.tool_calls[0].arguments == R"({"a": 1, "b": [2]})");
  CHECK(side.take().text.empty());
  CHECK(side.called_tools());
}

TEST_CASE("tool calls come out the same however the text is cut") {
  const std::string_view text = "say <b> <tool_call>{\"name\":\"f\"}</tool_call>\n"
                                "<tool_call>{\"name\":\"g\",\"arguments\":{}}</tool_call> bye "
                                "<tool_call>no call</tool_call> <tool";
  for (std::size_t cut = 1; cut <= text.size(); ++cut) {
    CAPTURE(cut);
    tool_call_filter filter;
    std::string said;
    std::string names;
    const auto keep = [&](tool_call_filter::output out) {
      said += out.text;
      for (const auto& call : out.calls) {
        names += call.name + call.arguments;
      }
    };
    for (std::size_t at = 0; at < text.size(); at += cut) {
      keep(filter.push(text.substr(at, cut)));
    }
    keep(filter.finish());

    CHECK(said == "say <b> bye <tool_call>no call</tool_call> <tool");
    CHECK(names == "f{}g{}");
  }
}

TEST_CASE("a call that lacks only its end tag counts, half a call is text") {
  tool_call_filter whole;
  tool_call_filter half;
  static_cast<void>(whole.push(R"(<tool_call>{"name":"f","arguments":{}})"));
  static_cast<void>(half.push(R"(<tool_call>{"name":"f","argu)"));

  CHECK(whole.finish().calls.size() == 1);
  CHECK(half.finish().text == R"(<tool_call>{"name":"f","argu)");
}
