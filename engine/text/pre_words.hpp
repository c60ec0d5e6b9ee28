// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

/// The words of one text between two steps of a pre-tokenizer: views of the text, or of `kept`
/// where a step rewrote them.
struct pre_words {
  std::vector<std::string_view> words;
  std::deque<std::string> kept;
  /// Whether the first word stands at the very start of what was to be encoded.
  bool at_start = false;
};

} // namespace troupe::text
