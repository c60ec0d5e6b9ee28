// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/packed_matrix.hpp"
#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::engine::ops {
namespace {

template <class Element>
Element load(const std::byte* row, std::size_t k) {
  Element value{};
  std::memcpy(&value, row + k * sizeof(Element), sizeof(Element));
  return value;
}

template <class Element>
void transpose(std::span<const std::byte* const> rows, std::size_t inputs, void* panel) {
  auto* out = static_cast<Element*>(panel);
  for (std::size_t k = 0; k < inputs; ++k) {
    for (std::size_t n = 0; n < rows.size(); ++n) {
      out[k * panel_width + n] = load<Element>(rows[n], k);
    }
  }
}

void transpose_wide(std::span<const std::byte* const> rows, dtype source, std::size_t inputs,
                    float* panel) {
  for (std::size_t k = 0; k < inputs; ++k) {
    for (std::size_t n = 0; n < rows.size(); ++n) {
      const auto bits = load<std::uint16_t>(rows[n], k);
      panel[k * panel_width + n] = source == dtype::bf16 ? bf16_to_f32(bits) : f16_to_f32(bits);
    }
  }
}

/// Both block types keep the order of bytes in a block: four of an output side by side.
void transpose_blocks(std::span<const std::byte* const> rows, dtype type, std::int32_t inputs,
                      std::byte* panel) {
  constexpr std::size_t scale_bytes = 2;
  const auto blocks = static_cast<std::size_t>(inputs / block_inputs);
  const auto block_bytes = row_bytes(type, block_inputs);
  const auto integers = block_bytes - scale_bytes;
  const auto flip = static_cast<std::byte>(type == dtype::q8_0 ? 0x80 : 0);
  auto* scales = panel + scales_at(type, inputs);
  for (std::size_t n = 0; n < rows.size(); ++n) {
    for (std::size_t b = 0; b < blocks; ++b) {
      const auto* block = rows[n] + b * block_bytes;
      std::memcpy(scales + (b * panel_width + n) * scale_bytes, block, scale_bytes);
      auto* out = panel + b * integers * panel_width + n * 4;
      for (std::size_t i = 0; i < integers; ++i) {
        out[i / 4 * panel_width * 4 + i % 4] = block[scale_bytes + i] ^ flip;
      }
    }
  }
}

} // namespace

void pack_panel(std::span<const std::byte* const> rows, dtype source, std::int32_t inputs,
                dtype target, void* panel) {
  TROUPE_CHECK(rows.size() <= panel_width && inputs >= 1);
  TROUPE_CHECK(target == source || (target == dtype::f32 && !is_blocked(source)));
  TROUPE_CHECK(!is_blocked(source) || inputs % block_inputs == 0);
  const auto count = static_cast<std::size_t>(inputs);
  if (rows.size() < panel_width) {
    std::memset(panel, 0, panel_bytes(target, inputs));
  }
  if (is_blocked(source)) {
    transpose_blocks(rows, source, inputs, static_cast<std::byte*>(panel));
  } else if (target != source) {
    transpose_wide(rows, source, count, static_cast<float*>(panel));
  } else if (source == dtype::f32) {
    transpose<float>(rows, count, panel);
  } else {
    transpose<std::uint16_t>(rows, count, panel);
  }
}

} // namespace troupe::engine::ops
