// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/device_blocks.hpp"

#include <doctest/doctest.h>

#include <numeric>
#include <vector>

using namespace troupe;
using engine::ops::dtype;

TEST_CASE("blocks are taken apart into integers and scales, in their order") {
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    const auto each = engine::ops::row_bytes(type, 32);
    std::vector<std::byte> rows(2 * 3 * each); // Two rows of 96 inputs.
    for (std::size_t i = 0; i < rows.size(); ++i) {
      rows[i] = static_cast<std::byte>(i);
    }
    const auto sizes = cuda::device_block_bytes(type, 2, 96);
    CHECK(sizes.integers == 6 * (each - 2));
    CHECK(sizes.scales == 12);
    std::vector<std::byte> integers(sizes.integers);
    std::vector<std::byte> scales(sizes.scales);

    cuda::split_blocks(type, rows, integers, scales);

    CHECK(scales[0] == std::byte{0});
    CHECK(scales[2] == static_cast<std::byte>(each));
    CHECK(scales[11] == static_cast<std::byte>(5 * each + 1));
    CHECK(integers[0] == std::byte{2});
    CHECK(integers[each - 2] == static_cast<std::byte>(each + 2));
    CHECK(integers.back() == static_cast<std::byte>(6 * each - 1));
  }
}
