// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace troupe::text {

/// The tokens <0x00> to <0xFF> that stand for single bytes where a vocabulary has no character.
/// Checked: test/unit/text/token_decoder_test.cpp

[[nodiscard]] inline std::string byte_token(std::uint8_t byte) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  return {'<', '0', 'x', digits[byte >> 4U], digits[byte & 0xFU], '>'};
}

/// Digits of either case are read.
[[nodiscard]] inline std::optional<std::uint8_t> byte_of_token(std::string_view written) {
  std::uint8_t byte = 0;
  if (written.size() != 6 || !written.starts_with("<0x") || !written.ends_with('>')) {
    return std::nullopt;
  }
  const auto* const end = written.data() + 5;
  const auto read = std::from_chars(written.data() + 3, end, byte, 16);
  return read.ec == std::errc{} && read.ptr == end ? std::optional(byte) : std::nullopt;
}

} // namespace troupe::text
