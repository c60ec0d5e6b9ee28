// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/tokenizer.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace troupe::text {

/// Tokens to text, one by one: each push gives the text that is certain, so that no delta ends
/// inside a character. At most 3 bytes wait; bytes that can never become a character are given as
/// U+FFFD at once. The deltas joined are what `tokenizer::decode` gives for all tokens.
/// Where a decoder says so the blanks at the very start are left out.
/// Role: one per output stream; 24 bytes, copyable, so it moves with its stream.
/// Requires: the tokenizer outlives it.
/// Checked: test/unit/text/detokenizer_test.cpp
class detokenizer {
public:
  explicit detokenizer(const tokenizer& with, bool skip_special = true)
      : with_(&with), strips_left_(with.output().stripped_max), skip_special_(skip_special) {}

  /// Appends to `out`.
  void push(token_id token, std::string& out);
  [[nodiscard]] std::string push(token_id token) {
    std::string out;
    push(token, out);
    return out;
  }

  /// At the end of the stream: what still waits is one U+FFFD.
  void flush(std::string& out);
  [[nodiscard]] std::string flush() {
    std::string out;
    flush(out);
    return out;
  }

private:
  void push_first(std::string_view bytes, std::string& out);
  void push_bytes(std::string_view bytes, std::string& out);

  const tokenizer* with_;
  std::array<char, 3> held_{};
  std::uint8_t held_bytes_ = 0;
  std::uint8_t strips_left_;
  bool skip_special_;
  bool has_begun_ = false;
};

} // namespace troupe::text
