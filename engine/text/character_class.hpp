// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

namespace troupe::text {

/// What the word patterns tell apart.
enum class character_class : std::uint8_t { other, letter, number, blank, line_end };

/// The class of every character, read out of PCRE2 so that the hand scanners and the regular
/// expressions never disagree about a Unicode version. `line_end` is CR and LF; `blank` all other
/// white space.
/// Thread: any. Cost: 60 KB and some milliseconds, once per process, at the first use.
/// Checked: test/unit/text/word_scanner_test.cpp
class character_classes {
public:
  static const character_classes& shared();

  [[nodiscard]] character_class of(char32_t point) const {
    return point < 0x110000 ? blocks_[block_of_[point >> 8U]][point & 0xFFU]
                            : character_class::other;
  }
  [[nodiscard]] character_class of_ascii(char c) const {
    return blocks_[0][static_cast<std::uint8_t>(c)];
  }

private:
  using block = std::array<character_class, 256>;

  character_classes();

  std::vector<block> blocks_; ///< The first is U+0000..U+00FF; equal ones are kept once.
  std::array<std::uint16_t, 0x1100> block_of_{};
};

} // namespace troupe::text
