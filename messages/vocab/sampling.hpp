// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace troupe {

/// How the next token is chosen. The draw is keyed by (seed, choice, index of the token), so that
/// any worker continues a stream as any other would have.
struct sampling {
  float temperature = 1.0F; ///< 0..2; 0 is greedy, whatever the other fields say.
  float top_p = 1.0F;       ///< (0, 1]; 1 keeps all.
  std::uint32_t top_k = 0;  ///< 0 keeps all.
  std::uint64_t seed = 0;

  friend bool operator==(const sampling&, const sampling&) = default;
};

} // namespace troupe
