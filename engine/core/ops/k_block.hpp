// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/dtype.hpp"

#include <array>
#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// One k block of a checkpoint, taken apart:
///   q4_k  scale[0] * parts[b][0] * q - scale[1] * parts[b][1], for each 32 inputs b
///   q6_k  scale[0] * parts[b][h] * (q - 32), for each half h of 16 of each 32 inputs b
/// The products of a scale and a part are exact in fp32.
///
///   q4_k in a file  both scales (f16); eight parts and eight minima of 6 bits in 12 bytes; 128
///                   bytes, of which each 32 hold two runs of 32: low nibbles, then high ones
///   q6_k in a file  for each 128 inputs 64 bytes with the low four bits of two runs of 32 in each
///                   half, then likewise the upper two bits of four runs in 32 bytes; sixteen
///                   signed parts; the scale (f16)
/// Source: the format as the ggml project defines it.
/// Checked: bit for bit against PyPI's gguf in test/unit/model/gguf_blocks_test.cpp
struct k_block {
  std::array<std::uint8_t, k_block_inputs> q;
  std::array<std::array<std::int8_t, 2>, k_block_inputs / block_inputs> parts;
  std::array<std::uint16_t, 2> scales; ///< f16; both the same of q6_k.
};

/// Requires: a type of k blocks; bytes_of_block(type) bytes.
[[nodiscard]] k_block take_apart(dtype type, const std::byte* block);

/// The number at input `i`, each product and the difference rounded.
[[nodiscard]] float number_of(const k_block& block, dtype type, std::size_t i);

} // namespace troupe::engine::ops
