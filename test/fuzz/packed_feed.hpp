// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstddef>

namespace troupe::test {

struct packed_outcome {
  bool is_front = false; ///< Header and table were believed.
  std::size_t entries = 0;
};

/// Reads a packed copy of which `front` is the beginning and zeros are the rest, 2 MiB and 4 KiB in
/// all. Whatever the hashes are, what they cover is also tried with hashes that fit; every byte of
/// each entry is touched.
/// Checked: test/fuzz/packed_feed_test.cpp, test/fuzz/fuzz_packed.cpp
[[nodiscard]] packed_outcome feed_packed(bytes_view front);

} // namespace troupe::test
