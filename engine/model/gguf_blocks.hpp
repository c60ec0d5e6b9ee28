// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace troupe::engine {

/// The element types of GGUF tensors that are read as numbers. Others are known by size only.
enum class gguf_type : std::uint32_t {
  f32 = 0,
  f16 = 1,
  q4_0 = 2,
  q8_0 = 8,
  q4_k = 12,
  q6_k = 14,
  bf16 = 30
};

/// How a type lies in a file: blocks of `block_elements` numbers in `block_bytes` bytes, along a
/// tensor's rows. Little-endian; scales are f16.
///   q8_0  32 numbers   scale, 32 signed bytes: scale * q
///   q4_0  32 numbers   scale, 16 bytes: low nibbles are the first half: scale * (q - 8)
///   q4_k, q6_k  256 numbers: engine/core/ops/k_block.hpp
struct gguf_layout {
  std::string_view name; ///< "Q4_K"
  std::uint32_t number = 0;
  std::uint32_t block_elements = 0;
  std::uint32_t block_bytes = 0;
  bool is_readable = false; ///< Whether dequantize takes it.
};

/// Null for a number that no type has.
[[nodiscard]] const gguf_layout* find_gguf_layout(std::uint32_t number);
[[nodiscard]] const gguf_layout& layout_of(gguf_type type);

/// out[i] is the i-th number of `blocks`, in fp32 and in the order of operations above.
/// Requires: out.size() is a multiple of the type's block, blocks.size() fits it exactly (checked).
/// Cost: about a nanosecond per number; no allocation. Source: the format as the ggml project
/// defines it. Checked: bit for bit against PyPI's gguf in test/unit/model/gguf_blocks_test.cpp
void dequantize(gguf_type type, bytes_view blocks, std::span<float> out);

/// The blocks that ggml's reference makes of finite numbers: q8_0 scales by the largest magnitude
/// / 127 and rounds halves away from zero; q4_0 by the value of the largest magnitude / -8. Blocks
/// too small for a scale become zeros, those above 127 * 65504 (q8_0) an infinite scale.
/// Requires: type is q8_0 or q4_0, sizes as for dequantize (checked).
/// Checked: bit for bit against PyPI's gguf in test/unit/model/gguf_blocks_test.cpp
void quantize(gguf_type type, std::span<const float> numbers, std::span<std::byte> blocks);

} // namespace troupe::engine
