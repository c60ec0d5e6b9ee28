// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe {

/// What an embedding is made of: the hidden states of a prompt's tokens after the final norm.
enum class pooling_kind : std::uint8_t {
  none = 0, ///< No embedding; in a model's card: it does not say.
  mean = 1, ///< Of all of them.
  last = 2  ///< That of the last token.
};
constexpr pooling_kind last_enumerator(pooling_kind) {
  return pooling_kind::last;
}

namespace limits {
/// Numbers of one embedding: a model's hidden size.
inline constexpr std::size_t embedding_size_max = 65'536;
} // namespace limits

} // namespace troupe
