// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/regex.hpp"
#include "engine/text/word_scanner.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace troupe::text {

enum class split_behavior : std::uint8_t {
  removed,
  isolated,
  merged_with_previous,
  merged_with_next,
  contiguous
};

[[nodiscard]] std::optional<split_behavior> split_behavior_of(std::string_view name);

/// Cuts a word where a pattern matches.
/// Thread: any; scratch memory is the thread's.
/// Checked: test/unit/text/pre_tokenizer_test.cpp
struct split_rule {
  regex pattern;
  split_behavior behavior = split_behavior::isolated;
  bool invert = false;                 ///< What the pattern does not match delimits.
  std::optional<word_scanner> scanner; ///< Does the same, faster.

  /// Appends views of `word`.
  void apply(std::string_view word, std::vector<std::string_view>& out) const;
};

} // namespace troupe::text
