// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

/// SentencePiece's compiled normalisation rules: tokenizer.json's `precompiled_charsmap`, a double
/// array over the bytes of what is replaced and the replacements behind it.
/// Source: darts-clone for the units: bits 0-7 and 31 the label, bit 8 "has a value", bit 9 and
/// 10-30 the offset.
/// Checked: test/unit/text/charsmap_test.cpp, tokenizer_parity_test.cpp
class charsmap {
public:
  /// From base64. Errors: malformed, saying what is wrong. Cost: less memory than the text.
  [[nodiscard]] static result<charsmap> parse(std::string_view base64);

  /// Appends `text` with its characters replaced: clusters of under 6 bytes as a whole, all others
  /// character by character, each by the rule for its shortest start. Requires: valid UTF-8.
  void apply(std::string_view text, std::string& out) const;

  /// Bytes of the longest replacement.
  [[nodiscard]] std::size_t longest_replacement() const;

private:
  [[nodiscard]] std::optional<std::string_view> find(std::string_view part) const;
  void apply_cluster(std::string_view cluster, std::string& out) const;

  std::vector<std::uint32_t> units_;
  std::string replacements_; ///< Each ends in NUL.
};

} // namespace troupe::text
