// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/math/numbers.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace troupe::cuda {

TEST_CASE("every code of e4m3 is what the engine says, and comes back from its number") {
  for (unsigned bits = 0; bits < 256; ++bits) {
    CAPTURE(bits);
    const e4m3 code{static_cast<std::uint8_t>(bits)};
    const float number = widen(code);
    if ((bits & 0x7fU) == 0x7fU) {
      CHECK(std::isnan(number));
      CHECK((to_e4m3(number).bits & 0x7fU) == 0x7fU);
      continue;
    }
    CHECK(number == engine::ops::e4m3_to_f32(code.bits));
    CHECK(to_e4m3(number).bits == code.bits);
  }
}

TEST_CASE("numbers go to the nearest code of e4m3, from halves to the even one, at most to 448") {
  for (unsigned bits = 0; bits < 0x7e; ++bits) {
    CAPTURE(bits);
    const float low = widen(e4m3{static_cast<std::uint8_t>(bits)});
    const float high = widen(e4m3{static_cast<std::uint8_t>(bits + 1)});
    const float half = low + (high - low) / 2;
    CHECK(to_e4m3(std::nextafter(half, low)).bits == bits);
    CHECK(to_e4m3(std::nextafter(half, high)).bits == bits + 1);
    CHECK(to_e4m3(half).bits == bits + bits % 2);
    CHECK(to_e4m3(-half).bits == 0x80U + bits + bits % 2);
  }
  CHECK(to_e4m3(449).bits == 0x7e);
  CHECK(to_e4m3(1e30F).bits == 0x7e);
  CHECK(to_e4m3(-std::numeric_limits<float>::infinity()).bits == 0xfe);
}

} // namespace troupe::cuda
