// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <tuple>

namespace troupe {

/// How the next token is chosen. The draw is keyed by (seed, choice, index of the token), so that
/// any worker continues a stream as any other would have.
struct sampling {
  float temperature = 1.0F; ///< 0..2; 0 is greedy, whatever the other fields say.
  float top_p = 1.0F;       ///< (0, 1]; 1 keeps all.
  std::uint32_t top_k = 0;  ///< 0 keeps all.
  std::uint64_t seed = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "temperature", &sampling::temperature),
                      field(2, "top_p", &sampling::top_p), field(3, "top_k", &sampling::top_k),
                      field(4, "seed", &sampling::seed)};
  }
  friend bool operator==(const sampling&, const sampling&) = default;
};

} // namespace troupe
