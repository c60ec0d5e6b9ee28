// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/ops/packed_slice.hpp"

#include "runtime/base/check.hpp"

#include <array>
#include <cstring>

namespace troupe::engine::ops {
namespace {

/// What a panel keeps of a run of inputs, one run after the other.
struct section {
  std::size_t at = 0; ///< From the panel's begin.
  std::size_t run_inputs = 1;
  std::size_t run_bytes = 0; ///< 0: there is none.
};

std::array<section, 3> sections_of(dtype type, std::int32_t inputs) {
  constexpr std::size_t width = panel_width;
  constexpr std::size_t block = block_inputs;
  const auto count = static_cast<std::size_t>(inputs);
  if (type == dtype::fp8) {
    return {section{0, 2, 2 * width},
            section{count * width, fp8_group_inputs, width * sizeof(float)},
            {}};
  }
  const section integers{0, block, integer_bytes(type)};
  const auto scales = scales_at(type, inputs);
  if (is_k_block(type)) {
    return {integers, section{scales, block, 2 * width},
            section{k_scales_at(type, inputs), k_block_inputs, 2 * width * sizeof(std::uint16_t)}};
  }
  const std::size_t scale_bytes = type == dtype::mxfp4 ? 1 : type == dtype::int8 ? 4 : 2;
  return {integers, section{scales, block, width * scale_bytes},
          type == dtype::int4 ? section{k_scales_at(type, inputs), block, width} : section{}};
}

} // namespace

std::vector<std::byte> slice_inputs(const packed_matrix& from, std::int32_t first,
                                    std::int32_t count) {
  TROUPE_CHECK(is_blocked(from.type) || from.type == dtype::fp8);
  const auto whole = inputs_of_slice(from.type);
  TROUPE_CHECK(first >= 0 && count > 0 && first + count <= from.inputs && first % whole == 0);
  TROUPE_CHECK(count % whole == 0 || first + count == from.inputs);
  std::vector<std::byte> out(packed_bytes(from.type, from.outputs, count));
  const auto source = sections_of(from.type, from.inputs);
  const auto target = sections_of(from.type, count);
  for (std::int32_t panel = 0; panel < from.panels(); ++panel) {
    const auto number = static_cast<std::size_t>(panel);
    const auto* begin =
        static_cast<const std::byte*>(from.data) + number * panel_bytes(from.type, from.inputs);
    auto* to = out.data() + number * panel_bytes(from.type, count);
    for (std::size_t i = 0; i < source.size(); ++i) {
      const auto& run = source[i];
      const auto runs = (static_cast<std::size_t>(count) + run.run_inputs - 1) / run.run_inputs;
      if (run.run_bytes > 0) {
        std::memcpy(to + target[i].at,
                    begin + run.at
                        + static_cast<std::size_t>(first) / run.run_inputs * run.run_bytes,
                    runs * run.run_bytes);
      }
    }
  }
  return out;
}

} // namespace troupe::engine::ops
