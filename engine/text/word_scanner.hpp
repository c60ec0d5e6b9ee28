// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace troupe::text {

/// The word patterns of GPT-2, of Llama 3 (and cl100k) and of Qwen 2 as hand-written scanners: what
/// PCRE2 finds for the pattern, several times as fast. Together their words cover the text.
/// Thread: any.
/// Checked: test/unit/text/word_scanner_test.cpp (against PCRE2)
class word_scanner {
public:
  /// None where `pattern` is not, to the letter, one of those that there is a scanner for.
  [[nodiscard]] static std::optional<word_scanner> of(std::string_view pattern);

  /// Appends the words of `text`, views of it. Requires: valid UTF-8.
  /// Cost: about 1 ns per byte of ASCII.
  void split(std::string_view text, std::vector<std::string_view>& words) const;

private:
  enum class family : std::uint8_t { gpt2, llama3, qwen2 };

  explicit word_scanner(family of) : family_(of) {}

  family family_;
};

/// The pattern of GPT-2, which ByteLevel cuts by unless told not to.
[[nodiscard]] std::string_view gpt2_pattern();

} // namespace troupe::text
