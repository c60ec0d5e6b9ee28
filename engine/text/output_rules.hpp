// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe::text {

/// What a decoder does to the start of a whole output, where tokens alone do not say it.
struct output_rules {
  char stripped = ' ';               ///< Taken away at the very start,
  std::uint8_t stripped_max = 0;     ///< at most so often.
  bool first_without_blanks = false; ///< The blanks of the first token are left out.
};

} // namespace troupe::text
