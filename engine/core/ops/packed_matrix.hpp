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

[[nodiscard]] constexpr std::int32_t round_up_to_panel(std::int32_t count) {
  return (count + panel_width - 1) / panel_width * panel_width;
}

/// Weights [outputs, inputs] stored as panels of 16 outputs, inputs running slowest inside a panel:
/// element (n, k) is number ((n / 16) * inputs + k) * 16 + n % 16. Outputs past the end are zero.
/// A view: whoever packed the matrix keeps its memory, 64-byte aligned.
struct packed_matrix {
  dtype type = dtype::f32;
  std::int32_t outputs = 0;
  std::int32_t inputs = 0;
  const void* data = nullptr;

  [[nodiscard]] std::int32_t panels() const { return round_up_to_panel(outputs) / panel_width; }
};

/// Bytes of a packed matrix. The caller has bounded outputs and inputs to 2^31 - 16.
[[nodiscard]] constexpr std::size_t packed_bytes(dtype type, std::int32_t outputs,
                                                 std::int32_t inputs) {
  return static_cast<std::size_t>(round_up_to_panel(outputs)) * static_cast<std::size_t>(inputs)
         * element_bytes(type);
}

/// Writes one panel. `rows` are up to 16 source rows of `inputs` elements of `source` type, at any
/// alignment; missing ones become zero. `target` is `source` or f32 (exact widening).
void pack_panel(std::span<const std::byte* const> rows, dtype source, std::int32_t inputs,
                dtype target, void* panel);

} // namespace troupe::engine::ops
