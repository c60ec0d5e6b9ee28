// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

struct tool_call {
  std::string name;
  std::string arguments; ///< A JSON object, as text.
};

/// What a piece of generated text turned out to be, in order.
struct tool_output {
  std::string content; ///< To be shown; comes before `calls`.
  std::vector<tool_call> calls;
};

/// Separates calls of the Hermes and Qwen kind, <tool_call>{"name": ..., "arguments": {...}}
/// </tool_call>, from the text around them, as it is generated. A call is given once its closing
/// tag is there (or, for the last one, at the end of the text); what stands between the tags and is
/// no such call is given back as text, tags included. Blanks around a call belong to it.
/// Role: one per output stream; copyable. Thread: one.
/// Limits: a call of more than `call_bytes_max` is text; at most `calls_max` calls.
/// Checked: test/unit/text/tool_calls_test.cpp
class tool_call_parser {
public:
  static constexpr std::size_t call_bytes_max = 1U << 20U;
  static constexpr std::size_t calls_max = 128;

  void push(std::string_view delta, tool_output& out);
  /// At the end of the text.
  void flush(tool_output& out);

  [[nodiscard]] std::size_t calls_count() const { return calls_count_; }

private:
  void give(std::string_view text, tool_output& out);
  void give_call(std::string_view inside, std::string_view whole, tool_output& out);
  bool step_outside(tool_output& out);
  bool step_inside(tool_output& out);

  std::string held_;
  std::string blanks_; ///< After text, until it is known whether a call follows.
  std::size_t scanned_bytes_ = 0;
  std::size_t calls_count_ = 0;
  bool inside_ = false;
  bool after_call_ = false;
};

} // namespace troupe::text
