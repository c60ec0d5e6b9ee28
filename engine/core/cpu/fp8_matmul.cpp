// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/fp8_matmul.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe::engine::cpu {
namespace {

constexpr std::size_t width = ops::panel_width;
constexpr std::size_t group_inputs = ops::fp8_group_inputs;

/// Panels that are widened at once, and rows that they are multiplied by.
constexpr std::size_t panels_max = 4;
constexpr std::size_t rows_max = 64;

/// One group of inputs of some panels.
struct piece {
  const std::byte* first_panel;
  std::size_t panel_bytes;
  std::size_t panels;
  std::size_t inputs; ///< Of the matrix.
  std::size_t group;

  [[nodiscard]] std::size_t begin() const { return group * group_inputs; }
  [[nodiscard]] std::size_t here() const { return std::min(group_inputs, inputs - begin()); }
  [[nodiscard]] const std::byte* panel(std::size_t p) const {
    return first_panel + p * panel_bytes;
  }
  [[nodiscard]] const std::byte* scales(std::size_t p) const {
    return panel(p) + inputs * width + group * width * sizeof(float);
  }
};

void multiply(const cpu_ops& by, const fp8_matmul_args& args, const piece& of, float* out) {
  alignas(64) std::uint16_t wide[panels_max * group_inputs * width];
  alignas(64) float sums[rows_max * panels_max * width];
  const auto here = of.here();
  for (std::size_t p = 0; p < of.panels; ++p) {
    by.widen_fp8(reinterpret_cast<const std::uint8_t*>(of.panel(p)) + of.begin() * width,
                 here * width, wide + p * here * width);
  }
  const auto rows = static_cast<std::size_t>(args.rows);
  for (std::size_t r = 0; r < rows; r += rows_max) {
    const auto now = std::min(rows_max, rows - r);
    const auto at = of.begin() * rows + r * here;
    by.pair_matmul({.x = {args.x.pairs + at, args.x.wide + at},
                    .rows = static_cast<std::int32_t>(now),
                    .w = {.type = ops::dtype::bf16,
                          .outputs = static_cast<std::int32_t>(of.panels * width),
                          .inputs = static_cast<std::int32_t>(here),
                          .data = wide},
                    .panel_end = static_cast<std::int32_t>(of.panels),
                    .out = sums,
                    .out_stride = of.panels * width});
    for (std::size_t p = 0; p < of.panels; ++p) {
      by.scale_add({.x = sums + p * width,
                    .x_stride = of.panels * width,
                    .rows = static_cast<std::int32_t>(now),
                    .scale = of.scales(p),
                    .is_first = of.group == 0,
                    .out = out + r * args.out_stride + p * width,
                    .out_stride = args.out_stride});
    }
  }
}

} // namespace

void fp8_matmul(const cpu_ops& by, const fp8_matmul_args& args) {
  TROUPE_CHECK(args.rows >= 1);
  TROUPE_CHECK(args.panel_begin >= 0 && args.panel_begin < args.panel_end);
  TROUPE_CHECK(args.panel_end <= args.w.panels());
  TROUPE_CHECK(args.w.type == ops::dtype::fp8 && args.w.inputs % 2 == 0);
  const auto bytes = ops::panel_bytes(ops::dtype::fp8, args.w.inputs);
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto end = static_cast<std::size_t>(args.panel_end);
  for (auto first = static_cast<std::size_t>(args.panel_begin); first < end; first += panels_max) {
    piece of{.first_panel = static_cast<const std::byte*>(args.w.data) + first * bytes,
             .panel_bytes = bytes,
             .panels = std::min(panels_max, end - first),
             .inputs = inputs,
             .group = 0};
    for (; of.group < ops::fp8_groups(inputs); ++of.group) {
      multiply(by, args, of, args.out + first * width);
    }
  }
}

void round_groups(const cpu_ops& by, const ops::round_rows_args& args) {
  const auto rows = static_cast<std::size_t>(args.rows);
  for (std::int32_t begin = 0; begin < args.inputs; begin += ops::fp8_group_inputs) {
    const auto at = static_cast<std::size_t>(begin) * rows;
    by.round_rows({.x = args.x + begin,
                   .x_stride = args.x_stride,
                   .rows = args.rows,
                   .inputs = std::min(ops::fp8_group_inputs, args.inputs - begin),
                   .out = {args.out.pairs + at, args.out.wide + at}});
  }
}

} // namespace troupe::engine::cpu
