// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/k_block.hpp"
#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

/// Random weights in codes, as a checkpoint and the ops have them.
namespace troupe::test {

struct coded_weights {
  engine::ops::dtype type;
  std::int32_t outputs;
  std::int32_t inputs;
  std::vector<std::byte> packed;
  std::vector<float> values; ///< [outputs, inputs], what the codes stand for.

  [[nodiscard]] engine::ops::packed_matrix view() const {
    return {.type = type, .outputs = outputs, .inputs = inputs, .data = packed.data()};
  }
};

/// Panels of whole rows.
inline std::vector<std::byte> packed_rows(engine::ops::dtype type,
                                          const std::vector<std::byte>& rows, std::int32_t outputs,
                                          std::int32_t inputs) {
  namespace ops = engine::ops;
  const auto row_bytes = ops::row_bytes(type, static_cast<std::size_t>(inputs));
  std::vector<std::byte> packed(ops::packed_bytes(type, outputs, inputs));
  for (std::int32_t first = 0; first < outputs; first += ops::panel_width) {
    std::vector<const std::byte*> panel;
    for (std::int32_t n = first; n < std::min(outputs, first + ops::panel_width); ++n) {
      panel.push_back(rows.data() + static_cast<std::size_t>(n) * row_bytes);
    }
    ops::pack_panel(panel, type, inputs, type,
                    packed.data()
                        + static_cast<std::size_t>(first / ops::panel_width)
                              * ops::panel_bytes(type, inputs));
  }
  return packed;
}

/// Rows of every code but the NaNs, with scales of many magnitudes and both signs.
inline std::vector<std::byte> random_fp8_rows(std::int32_t outputs, std::int32_t inputs,
                                              rng& random) {
  namespace ops = engine::ops;
  const auto width = static_cast<std::size_t>(inputs);
  const auto row_bytes = ops::row_bytes(ops::dtype::fp8, width);
  std::vector<std::byte> rows(static_cast<std::size_t>(outputs) * row_bytes);
  for (std::size_t at = 0; at < rows.size(); at += row_bytes) {
    for (std::size_t k = 0; k < width; ++k) {
      rows[at + k] = static_cast<std::byte>(random.below(127) | random.below(2) << 7U);
    }
    for (std::size_t group = 0; group < ops::fp8_groups(width); ++group) {
      const auto scale = std::ldexp(static_cast<float>(random.uniform()) - 0.5F,
                                    static_cast<int>(random.below(20)) - 10);
      std::memcpy(rows.data() + at + width + group * sizeof scale, &scale, sizeof scale);
    }
  }
  return rows;
}

inline coded_weights make_fp8(std::int32_t outputs, std::int32_t inputs, rng& random) {
  namespace ops = engine::ops;
  const auto rows = random_fp8_rows(outputs, inputs, random);
  const auto width = static_cast<std::size_t>(inputs);
  coded_weights w{
      ops::dtype::fp8, outputs, inputs, packed_rows(ops::dtype::fp8, rows, outputs, inputs), {}};
  for (std::size_t at = 0; at < rows.size(); at += ops::row_bytes(ops::dtype::fp8, width)) {
    for (std::size_t k = 0; k < width; ++k) {
      float scale = 0;
      std::memcpy(&scale, rows.data() + at + width + k / ops::fp8_group_inputs * sizeof scale,
                  sizeof scale);
      w.values.push_back(ops::e4m3_to_f32(std::to_integer<std::uint8_t>(rows[at + k])) * scale);
    }
  }
  return w;
}

/// The numbers of a block of int4, whose scale stands, or mxfp4; its zero or power is drawn here.
inline void add_coded(coded_weights& w, std::byte* at, std::uint16_t half, rng& random) {
  namespace ops = engine::ops;
  using ops::dtype;
  constexpr std::size_t block = ops::block_inputs;
  const bool is_int4 = w.type == dtype::int4;
  const auto zero = static_cast<std::uint8_t>(random.below(16));
  // Powers of any size, the largest and those that are none too.
  const auto power =
      static_cast<std::uint8_t>(random.below(8) == 0 ? random.below(4) : 100 + random.below(60));
  at[is_int4 ? 2 : 0] = std::byte{is_int4 ? zero : power};
  const auto* codes = at + (is_int4 ? 4 : 1);
  for (std::size_t k = 0; k < block; ++k) {
    const auto both = std::to_integer<unsigned>(codes[k % 16]);
    const auto q = k < 16 ? both & 15U : both >> 4U;
    w.values.push_back(
        is_int4     ? ops::f16_to_f32(half) * static_cast<float>(static_cast<int>(q) - zero)
        : power < 2 ? 0
                    : std::ldexp(static_cast<float>(ops::fp4_doubled[q]), power - 128));
  }
}

/// Every integer a block can hold, -128 too, and scales of all magnitudes, zero and negative.
inline coded_weights make_coded(engine::ops::dtype type, std::int32_t outputs, std::int32_t inputs,
                                rng& random) {
  namespace ops = engine::ops;
  using ops::dtype;
  constexpr std::size_t block = ops::block_inputs;
  if (type == dtype::fp8) {
    return make_fp8(outputs, inputs, random);
  }
  coded_weights w{type, outputs, inputs, {}, {}};
  const auto row_bytes = ops::row_bytes(type, static_cast<std::size_t>(inputs));
  const auto block_bytes = ops::bytes_of_block(type);
  std::vector<std::byte> rows(static_cast<std::size_t>(outputs) * row_bytes);
  for (auto& one : rows) {
    one = static_cast<std::byte>(random.below(256));
  }
  for (std::size_t at = 0; at < rows.size(); at += block_bytes) {
    const auto half = [&](std::size_t from) {
      const auto bits = static_cast<std::uint16_t>(random.below(0x4c00) | random.below(2) << 15U);
      std::memcpy(rows.data() + at + from, &bits, sizeof bits);
      return bits;
    };
    if (type == dtype::int8) {
      const auto scale = std::ldexp(1.0F + static_cast<float>(random.uniform()),
                                    static_cast<int>(random.below(30)) - 20);
      std::memcpy(rows.data() + at, &scale, sizeof scale);
      for (std::size_t k = 0; k < block; ++k) {
        w.values.push_back(scale * static_cast<float>(static_cast<std::int8_t>(rows[at + 4 + k])));
      }
      continue;
    }
    if (type == dtype::int4 || type == dtype::mxfp4) {
      add_coded(w, rows.data() + at, type == dtype::int4 ? half(0) : 0, random);
      continue;
    }
    if (ops::is_k_block(type)) {
      half(type == dtype::q6_k ? block_bytes - 2 : 0);
      half(type == dtype::q6_k ? block_bytes - 2 : 2);
      const auto apart = ops::take_apart(type, rows.data() + at);
      for (std::size_t k = 0; k < ops::k_block_inputs; ++k) {
        w.values.push_back(ops::number_of(apart, type, k));
      }
      continue;
    }
    const auto scale = half(0);
    for (std::size_t k = 0; k < block; ++k) {
      const auto both = static_cast<std::uint8_t>(rows[at + 2 + k % (block_bytes - 2)]);
      const int q = type == dtype::q8_0 ? static_cast<std::int8_t>(both)
                                        : (k < 16 ? both & 15 : both >> 4) - 8;
      w.values.push_back(ops::f16_to_f32(scale) * static_cast<float>(q));
    }
  }
  w.packed = packed_rows(type, rows, outputs, inputs);
  return w;
}

} // namespace troupe::test
