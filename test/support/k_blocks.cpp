// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/support/k_blocks.hpp"

#include "engine/core/ops/dtype.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstring>

namespace troupe::test {
namespace {

using engine::gguf_type;
using engine::ops::f16_to_f32;

constexpr std::size_t block_elements = 256;

/// Not above the value. Requires: 0, or a normal half.
std::uint16_t half_of(float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return value == 0
             ? std::uint16_t{0}
             : static_cast<std::uint16_t>((bits >> 23U) - 112U) << 10U | (bits >> 13U & 0x3ffU);
}

void put_half(std::byte* to, std::uint16_t bits) {
  std::memcpy(to, &bits, sizeof bits);
}

unsigned rounded(float value, unsigned most) {
  return static_cast<unsigned>(std::clamp(std::round(value), 0.0F, static_cast<float>(most)));
}

float ratio(float of, float to) {
  return to == 0 ? 0 : of / to;
}

/// To all eight the same half, so that the largest becomes about `most`.
struct coded {
  std::uint16_t half = 0;
  std::array<unsigned, 16> parts{};
  coded(std::span<const float> values, unsigned most)
      : half(half_of(*std::ranges::max_element(values) / static_cast<float>(most))) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      parts[i] = rounded(ratio(values[i], f16_to_f32(half)), most);
    }
  }
  [[nodiscard]] float value(std::size_t i) const {
    return f16_to_f32(half) * static_cast<float>(parts[i]);
  }
};

void write_q4(std::span<const float> x, std::byte* block) {
  std::array<float, 8> steps{};
  std::array<float, 8> minima{};
  for (std::size_t run = 0; run < 8; ++run) {
    const auto [low, high] = std::ranges::minmax(x.subspan(run * 32, 32));
    minima[run] = std::max(0.0F, -low);
    steps[run] = (std::max(high, 0.0F) + minima[run]) / 15;
  }
  const coded scale{steps, 63};
  const coded minimum{minima, 63};
  put_half(block, scale.half);
  put_half(block + 2, minimum.half);
  auto* packed = block + 4;
  for (std::size_t i = 0; i < 4; ++i) {
    const auto& s = scale.parts;
    const auto& m = minimum.parts;
    packed[i] = static_cast<std::byte>(s[i] | (s[i + 4] >> 4U) << 6U);
    packed[i + 4] = static_cast<std::byte>(m[i] | (m[i + 4] >> 4U) << 6U);
    packed[i + 8] = static_cast<std::byte>((s[i + 4] & 15U) | (m[i + 4] & 15U) << 4U);
  }
  const auto q = [&](std::size_t run, std::size_t i) {
    return rounded(ratio(x[run * 32 + i] + minimum.value(run), scale.value(run)), 15);
  };
  for (std::size_t at = 0; at < 128; ++at) {
    const auto run = at / 32 * 2;
    block[16 + at] = static_cast<std::byte>(q(run, at % 32) | q(run + 1, at % 32) << 4U);
  }
}

void write_q6(std::span<const float> x, std::byte* block) {
  std::array<float, 16> steps{};
  for (std::size_t part = 0; part < 16; ++part) {
    for (const auto value : x.subspan(part * 16, 16)) {
      steps[part] = std::max(steps[part], std::abs(value) / 31);
    }
  }
  const coded scale{steps, 127};
  put_half(block + 208, scale.half);
  for (std::size_t part = 0; part < 16; ++part) {
    block[192 + part] = static_cast<std::byte>(scale.parts[part]);
  }
  std::fill_n(block, 192, std::byte{0});
  for (std::size_t i = 0; i < block_elements; ++i) {
    const auto q = rounded(ratio(x[i], scale.value(i / 16)) + 32, 63);
    const auto half = i / 128;
    const auto run = i % 128 / 32;
    block[half * 64 + run % 2 * 32 + i % 32] |= static_cast<std::byte>((q & 15U) << run / 2 * 4);
    block[128 + half * 32 + i % 32] |= static_cast<std::byte>((q >> 4U) << run * 2);
  }
}

} // namespace

bytes as_k_blocks(std::span<const float> numbers, gguf_type type) {
  const auto size = engine::layout_of(type).block_bytes;
  bytes out(numbers.size() / block_elements * size);
  for (std::size_t b = 0; b < numbers.size() / block_elements; ++b) {
    const auto write = type == gguf_type::q4_k ? write_q4 : write_q6;
    write(numbers.subspan(b * block_elements, block_elements), out.data() + b * size);
  }
  return out;
}

} // namespace troupe::test
