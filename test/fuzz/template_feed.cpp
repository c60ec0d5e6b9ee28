// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/fuzz/template_feed.hpp"

#include "engine/text/chat_template.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <string_view>

namespace troupe::test {
namespace {

constexpr text::render_limits limits{.steps = 50'000,
                                     .output_bytes = 64U << 10U,
                                     .range_items = 1'000,
                                     .unix_seconds = 1'772'719'629};

constexpr std::string_view conversation = R"({"messages": [
  {"role": "system", "content": "Be brief."},
  {"role": "user", "content": "  H\u00e9llo <b>\"you\"</b>\n"},
  {"role": "assistant", "content": null, "tool_calls": [
    {"type": "function", "function": {"name": "add", "arguments": {"a": 1, "b": 2.5}}}]},
  {"role": "tool", "content": "3", "tool_call_id": "x1"},
  {"role": "assistant", "content": "<think>\nsum\n</think>\n\nIt is 3."},
  {"role": "user", "content": [{"type": "text", "text": "one "}, {"type": "image"}]}],
  "tools": [{"type": "function", "function": {"name": "add", "description": "Adds",
    "parameters": {"type": "object", "required": ["a"], "properties": {
      "a": {"type": "number"}, "b": {"type": ["number", "null"], "enum": [1, 2]}}}}}],
  "add_generation_prompt": true, "bos_token": "<s>", "eos_token": "</s>", "x": "text"})";

void check(const result<std::string>& rendered) {
  if (rendered) {
    TROUPE_CHECK((*rendered).size() <= limits.output_bytes);
    return;
  }
  TROUPE_CHECK(rendered.err().code == errors::template_failed);
  TROUPE_CHECK(rendered.err().text.find("line ") != std::string::npos);
}

} // namespace

result<std::string> feed_template(bytes_view input) {
  const auto all = as_text(input);
  const auto end = std::min(all.find('\0'), all.size());
  const auto given = all.substr(std::min(end + 1, all.size()));
  const auto variables = json::parse(given.empty() ? conversation : given);
  const auto parsed = text::chat_template::parse(all.substr(0, end));
  if (!parsed) {
    check(parsed.err());
    return parsed.err();
  }
  if (!variables) {
    return variables.err();
  }
  auto rendered = parsed->render(*variables, limits);
  check(rendered);
  const auto again = parsed->render(*variables, limits);
  TROUPE_CHECK(again.has_value() == rendered.has_value());
  TROUPE_CHECK(!again || *again == *rendered);
  return rendered;
}

} // namespace troupe::test
