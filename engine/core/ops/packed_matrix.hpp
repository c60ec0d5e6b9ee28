// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace troupe::engine::ops {

/// Outputs that stand side by side in packed weights; also the granule of every matmul's width.
inline constexpr std::int32_t panel_width = 16;

/// Of the layout below and of all that decides which bytes a checkpoint's matrix becomes. Goes up
/// when any of that changes, so that packed copies on disk of another version are not taken.
inline constexpr std::uint32_t packed_layout_version = 4;

[[nodiscard]] constexpr std::int32_t round_up_to_panel(std::int32_t count) {
  return (count + panel_width - 1) / panel_width * panel_width;
}

/// Inputs of packed bf16: whole pairs.
[[nodiscard]] constexpr std::int32_t round_up_to_pair(std::int32_t inputs) {
  return (inputs + 1) / 2 * 2;
}

/// Weights [outputs, inputs] stored as panels of 16 outputs, inputs running slowest inside a panel:
/// element (n, k) is number ((n / 16) * inputs + k) * 16 + n % 16. Outputs past the end are zero.
///
/// Of bf16 a panel is [input / 2][output][input % 2], with a zero after an odd last input: a pair
/// of inputs is one word of 32 bits, as VDPBF16PS and a tile of AMX take it.
///
/// A panel of blocks holds first the integers of all its blocks, then their scales, and ends at a
/// multiple of 64 bytes:
///   integers  [block][input / 4][output][input % 4], a byte each: q + 128 of q8_0; of q4_0 q of
///             inputs 0..15 in the low halves, of 16..31 in the high ones, so input / 4 < 4
///   scales    [block][output] f16; 0 for outputs past the end
/// A panel of k blocks keeps their inputs by 32 in the same way:
///   integers  as of q4_0 with q of q4_k, or the low four bits of q6_k's, behind which are the
///   upper
///             two of each 32 inputs: [input / 16][output][input % 4] bytes, of which the bits from
///             2 * (input / 4 % 4) on are that input's
///   parts     [inputs / 32][2][output] signed bytes, as k_block has them
///   scales    [inputs / 256][2][output] f16
/// One of int4 and mxfp4 has integers as of q4_0, and of int4 f16 scales and zeros, [block][output]
/// bytes, of mxfp4 powers as bytes in place of scales. One of int8 is as of q8_0 with f32 scales.
/// A panel of fp8 holds its codes as one of bf16 its numbers, then scales [inputs / 128][output]
/// f32. A view: whoever packed the matrix keeps its memory, 64-byte aligned.
struct packed_matrix {
  dtype type = dtype::f32;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  const void* data = nullptr;

  [[nodiscard]] std::int32_t panels() const { return round_up_to_panel(outputs) / panel_width; }
};

/// Whether a panel of blocks has a byte for each integer.
[[nodiscard]] constexpr bool has_bytes(dtype type) {
  return type == dtype::q8_0 || type == dtype::int8;
}

/// Of the integers of 32 inputs in a panel of blocks.
[[nodiscard]] constexpr std::size_t integer_bytes(dtype type) {
  constexpr std::size_t numbers = std::size_t{block_inputs} * panel_width;
  return has_bytes(type) ? numbers : type == dtype::q6_k ? numbers * 6 / 8 : numbers / 2;
}

/// Where in a panel of blocks the scales begin, of k blocks the parts.
[[nodiscard]] constexpr std::size_t scales_at(dtype type, std::int32_t inputs) {
  return static_cast<std::size_t>(inputs) / block_inputs * integer_bytes(type);
}

/// Behind the parts of k blocks, and the scales of int4, whose zeros are there.
[[nodiscard]] constexpr std::size_t k_scales_at(dtype type, std::int32_t inputs) {
  return scales_at(type, inputs) + static_cast<std::size_t>(inputs);
}

/// Bytes from one panel to the next. The caller has bounded inputs to 2^31 - 16.
[[nodiscard]] constexpr std::size_t panel_bytes(dtype type, std::int32_t inputs) {
  if (type == dtype::fp8) {
    const auto all = static_cast<std::size_t>(inputs);
    return (all + fp8_groups(all) * sizeof(float)) * panel_width;
  }
  const auto count =
      static_cast<std::size_t>(type == dtype::bf16 ? round_up_to_pair(inputs) : inputs);
  const auto scales = is_k_block(type)       ? count + count / 4
                      : type == dtype::int4  ? count + count / 2
                      : type == dtype::mxfp4 ? count / 2
                      : type == dtype::int8  ? count * 2
                                             : count;
  return !is_blocked(type) ? count * panel_width * element_bytes(type)
                           : (scales_at(type, inputs) + scales + 63) / 64 * 64;
}

/// Bytes of a packed matrix. The caller has bounded outputs to 2^31 - 16, too.
[[nodiscard]] constexpr std::size_t packed_bytes(dtype type, std::int32_t outputs,
                                                 std::int32_t inputs) {
  return static_cast<std::size_t>(round_up_to_panel(outputs) / panel_width)
         * panel_bytes(type, inputs);
}

/// Writes one panel. `rows` are up to 16 source rows of `inputs` elements of `source` type, at any
/// alignment; missing ones become zero. `target` is `source`, or f32 where that is an exact
/// widening: not of blocks.
/// Requires: whole blocks (checked).
void pack_panel(std::span<const std::byte* const> rows, dtype source, std::int32_t inputs,
                dtype target, void* panel);

/// The numbers of one panel, row by row: `rows` is [rows of the panel that are outputs, inputs].
/// Exact. Checked: test/unit/model/weight_packing_test.cpp
void unpack_panel(const packed_matrix& from, std::int32_t panel, std::span<float> rows);

/// Whether rows of a checkpoint hold no infinity and no NaN; of blocks only the scales could.
[[nodiscard]] bool all_finite(dtype type, const std::byte* data, std::size_t size_bytes);

} // namespace troupe::engine::ops
