// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/choice_text.hpp"

#include "actors/gateway/prepare.hpp"
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

TEST_CASE("no stop string counts before min_tokens, also one that began before it") {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->stops = {"ab"};
  what->how.min_tokens = 3;
  choice_text side{std::move(what), request_id{{7, 8}}, 0};

  const auto [deltas, stopped] = push_all(side, "ababab");

  CHECK(stopped);
  CHECK(joined(deltas) == "abab");
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

TEST_CASE("without parallel calls only the first one is given") {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->parse_tool_calls = true;
  what->parallel_tool_calls = false;
  choice_text side(what, request_id{{7, 8}}, 0);

  for (int i = 0; i < 2; ++i) {
    side.push(257);
    for (const char byte : std::string_view("{\"name\":\"f\"}")) {
      side.push(static_cast<unsigned char>(byte));
    }
    side.push(258);
  }
  side.finish();

  CHECK(side.take().tool_calls.size() == 1);
}

TEST_CASE("half a call is text when the answer ends") {
  auto side = text_side({}, true);
  side.push(257);
  static_cast<void>(push_all(side, "{\"name\":"));

  side.finish();

  CHECK(side.take().text == "<tool_call>{\"name\":");
  CHECK_FALSE(side.called_tools());
}

TEST_CASE("a text that goes on finishes the character its prompt began, after the echo") {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->prompts = {{'a', 0xC3}};
  what->continues_prompt = true;
  what->echoes = {"a"};
  choice_text side(what, request_id{{7, 8}}, 0);

  side.push(0xA9);
  CHECK(side.take().text == "a\xC3\xA9");
  side.push('z');
  CHECK(side.take().text == "z");
}

TEST_CASE("of an echo alone no token becomes text") {
  auto what = std::make_shared<prepared>();
  what->text = test::byte_model();
  what->prompts = {{'a'}};
  what->continues_prompt = true;
  what->echoes = {"a"};
  what->only_echo = true;
  choice_text side(what, request_id{{7, 8}}, 0);

  CHECK_FALSE(side.push('b'));
  side.finish();
  CHECK(side.take().text == "a");
}
