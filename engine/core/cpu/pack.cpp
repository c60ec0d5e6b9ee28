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

} // namespace

void pack_panel(std::span<const std::byte* const> rows, dtype source, std::int32_t inputs,
                dtype target, void* panel) {
  TROUPE_CHECK(rows.size() <= panel_width && inputs >= 1);
  TROUPE_CHECK(target == source || target == dtype::f32);
  const auto count = static_cast<std::size_t>(inputs);
  if (rows.size() < panel_width) {
    std::memset(panel, 0, packed_bytes(target, panel_width, inputs));
  }
  if (target != source) {
    transpose_wide(rows, source, count, static_cast<float*>(panel));
  } else if (source == dtype::f32) {
    transpose<float>(rows, count, panel);
  } else {
    transpose<std::uint16_t>(rows, count, panel);
  }
}

} // namespace troupe::engine::ops
