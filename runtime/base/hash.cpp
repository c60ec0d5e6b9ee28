// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.hpp"

#include <xxhash.h>

namespace troupe {

std::uint64_t hash64(bytes_view data, std::uint64_t seed) {
  return XXH3_64bits_withSeed(data.data(), data.size(), seed);
}

hash128 hash_128(bytes_view data, std::uint64_t seed) {
  const auto h = XXH3_128bits_withSeed(data.data(), data.size(), seed);
  return {.high = h.high64, .low = h.low64};
}

} // namespace troupe
