// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What stands between an answer's characters and its client. Both hold back only what may still
/// turn out to be something else, and neither depends on how the text was cut.
/// Checked: test/unit/gateway/choice_text_test.cpp
namespace troupe {

/// Ends an answer before the first of its stop strings.
class stop_filter {
public:
  /// `stops` must outlive the filter; none of them is empty.
  explicit stop_filter(std::span<const std::string> stops) : stops_(stops) {}

  /// Appends what is certain to `out`. True: a stop string is complete; it and what follows are
  /// dropped.
  bool push(std::string_view text, std::string& out);

  /// The text is over: what was held back is part of it.
  void finish(std::string& out);

private:
  std::span<const std::string> stops_;
  std::string held_;
};

/// Takes `<tool_call>{"name": ..., "arguments": {...}}</tool_call>` out of an answer. What stands
/// between the tags but is no call stays text; blanks after a call are dropped.
/// Source: the convention of Hermes and Qwen models.
class tool_call_filter {
public:
  struct call {
    std::string name;
    std::string arguments; ///< JSON, as json.dumps writes it.
  };
  struct output {
    std::string text;
    std::vector<call> calls;
  };

  [[nodiscard]] output push(std::string_view text);

  /// A call whose end tag is missing counts if it is complete.
  [[nodiscard]] output finish();

private:
  static constexpr std::size_t call_bytes_max = 256 * 1024;

  void scan(output& out);
  bool scan_outside(output& out);
  bool scan_inside(output& out);
  void take_call(std::string_view body, std::string_view whole, output& out);

  std::string pending_;
  bool inside_ = false;
  bool after_call_ = false;
};

} // namespace troupe
