// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/attention.hpp"

#include "engine/core/ops/paged_attention.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"
#include "test/gpu/support/paged_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

using namespace troupe;
using namespace troupe::cuda::ops;
using cuda::attention_kernel;
using engine::cpu::cpu_path;

namespace {

const engine::cpu::cpu_ops& cpu() {
  return engine::cpu::select_ops(cpu_path::portable);
}

struct attention_case {
  std::vector<test::piece> pieces;
  std::int32_t heads = 4;
  engine::ops::kv_layout layout{.layers = 2, .kv_heads = 2, .head_dim = 64, .block_size = 16};
  float softcap = 0;
  std::int32_t window = 0;
  std::int32_t chunk = 0;
  bool has_sinks = false;
  kv_element kept = kv_element::bf16;
  std::optional<attention_kernel> forced; ///< Else what the plan says.
};

/// The CPU's pool with numbers that bf16 or fp8 holds, and the same as a device lays it out. What
/// no sequence has written is NaN.
struct pools {
  std::vector<float> wide;
  std::vector<cuda::bf16> narrow;
  std::vector<cuda::e4m3> narrowest; ///< In place of it.
};

pools pools_of(const attention_case& c, const test::block_tables& t, rng& random) {
  const auto& layout = c.layout;
  pools made;
  made.wide.assign(t.pool_slots * layout.block_elements(), std::numeric_limits<float>::quiet_NaN());
  const auto width = static_cast<std::size_t>(layout.kv_heads * layout.head_dim);
  for (std::size_t s = 0; s < c.pieces.size(); ++s) {
    const auto count = c.pieces[s].first_position + c.pieces[s].rows;
    const auto size = static_cast<std::size_t>(count) * width;
    for (std::int32_t layer = 0; layer < layout.layers; ++layer) {
      const auto held = [&] {
        auto drawn = test::as_held(test::normals(size, 1, random), element::bf16);
        return c.kept == kv_element::bf16 ? drawn : test::as_fp8_holds(std::move(drawn));
      };
      const auto k = held();
      const auto v = held();
      cpu().kv_store({.k = k.data(),
                      .v = layout.shared_dim > 0 ? nullptr : v.data(),
                      .stride = width,
                      .rows = count,
                      .first_position = 0,
                      .slots = t.slots.data() + s * static_cast<std::size_t>(t.stride),
                      .layout = layout,
                      .layer = layer,
                      .pool = made.wide.data()});
    }
  }
  if (c.kept == kv_element::bf16) {
    made.narrow = test::as_device(layout, made.wide);
  } else {
    made.narrowest = test::as_device<cuda::e4m3>(layout, made.wide);
  }
  return made;
}

cuda::attention_plan plan_of(const attention_case& c) {
  cuda::attention_shape shape{.sequences = static_cast<std::int32_t>(c.pieces.size()),
                              .heads = c.heads,
                              .window = c.window,
                              .chunk = c.chunk,
                              .layout = c.layout};
  for (const auto& p : c.pieces) {
    shape.rows += p.rows;
    shape.rows_max = std::max(shape.rows_max, p.rows);
    shape.visible_max = std::max(shape.visible_max, p.first_position + p.rows);
  }
  auto plan = cuda::plan_attention(shape);
  if (c.forced == attention_kernel::general) {
    plan = {.kernel = attention_kernel::general, .row_tiles = shape.rows};
  }
  return plan;
}

void check_attention(const attention_case& c, attention_kernel expected_kernel, rng& random) {
  constexpr float scale = 0.125F;
  const auto t = test::drawn_tables(c.pieces, c.layout.block_size, random);
  const auto pool = pools_of(c, t, random);
  const auto flat = test::flatten(c.pieces);
  const auto rows = flat.sequence.size();
  const auto q_width = static_cast<std::size_t>(c.heads * c.layout.head_dim);
  const auto out_width = static_cast<std::size_t>(c.heads * c.layout.value_dim());
  const auto q = test::as_held(test::normals(rows * q_width, 2, random), element::bf16);
  const auto sinks = test::normals(static_cast<std::size_t>(c.heads), 1, random);
  const std::int32_t layer = c.layout.layers - 1;

  std::vector<float> expected(rows * out_width);
  for (std::size_t s = 0; s < c.pieces.size(); ++s) {
    const auto first = static_cast<std::size_t>(flat.begin[s]);
    for (std::int32_t kv_head = 0; kv_head < c.layout.kv_heads; ++kv_head) {
      cpu().paged_attention({.q = q.data() + first * q_width,
                             .q_stride = q_width,
                             .rows = c.pieces[s].rows,
                             .first_position = c.pieces[s].first_position,
                             .heads = c.heads,
                             .kv_head = kv_head,
                             .scale = scale,
                             .softcap = c.softcap,
                             .window = c.window,
                             .chunk = c.chunk,
                             .sinks = c.has_sinks ? sinks.data() : nullptr,
                             .slots = t.slots.data() + s * static_cast<std::size_t>(t.stride),
                             .layout = c.layout,
                             .layer = layer,
                             .pool = pool.wide.data(),
                             .out = expected.data() + first * out_width,
                             .out_stride = out_width});
    }
  }

  const auto plan = plan_of(c);
  REQUIRE(plan.kernel == expected_kernel);
  const test::device_array<cuda::bf16> q_there(test::narrowed(q));
  const test::device_array<std::int32_t> begin(flat.begin);
  const test::device_array<std::int32_t> sequence(flat.sequence);
  const test::device_array<std::uint32_t> positions(flat.positions);
  const test::device_array<std::uint32_t> slots(t.slots);
  const test::device_array<float> sinks_there(sinks);
  const test::device_array<cuda::bf16> pool_there(pool.narrow);
  const test::device_array<cuda::e4m3> narrowest_there(pool.narrowest);
  const test::device_array<cuda::bf16> out(test::narrowed(expected));
  const test::device_array<float> scratch(
      std::vector<float>(plan.scratch_floats + 1, std::numeric_limits<float>::quiet_NaN()));
  REQUIRE(
      attention({.q = q_there.data(),
                 .q_stride = q_width,
                 .rows = static_cast<std::int32_t>(rows),
                 .sequences = static_cast<std::int32_t>(c.pieces.size()),
                 .heads = c.heads,
                 .row_begin = begin.data(),
                 .sequence = sequence.data(),
                 .positions = positions.data(),
                 .tables = slots.data(),
                 .table_stride = t.stride,
                 .scale = scale,
                 .softcap = c.softcap,
                 .window = c.window,
                 .chunk = c.chunk,
                 .sinks = c.has_sinks ? sinks_there.data() : nullptr,
                 .layout = c.layout,
                 .layer = layer,
                 .kept = c.kept,
                 .pool = c.kept == kv_element::bf16 ? static_cast<const void*>(pool_there.data())
                                                    : narrowest_there.data(),
                 .out = out.data(),
                 .out_stride = out_width,
                 .scratch = scratch.data()},
                plan, nullptr)
      == cuda::success);
  // A weighted mean of |v| stays below 2 here.
  const bool is_exact = plan.kernel == attention_kernel::general;
  CHECK(test::near(test::widened(out.read()), expected, 0x1p-8, is_exact ? 5e-5 : 0x1p-8));
}

} // namespace

TEST_CASE("attention of single rows agrees with the CPU at every length around blocks and splits") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  for (const std::int32_t head_dim : {64, 128, 256}) {
    check_attention(
        {.pieces = {{0, 1}, {1, 1}, {14, 1}, {15, 1}, {16, 1}, {62, 1}, {63, 1}, {64, 1}},
         .heads = 8,
         .layout = test::layout_of(2, head_dim)},
        attention_kernel::splits, random);
    check_attention({.pieces = {{254, 1}, {255, 1}, {256, 1}, {0, 1}, {600, 1}},
                     .heads = 2,
                     .layout = test::layout_of(1, head_dim, 32)},
                    attention_kernel::splits, random);
  }
}

TEST_CASE("attention of single rows agrees for groups of 1 to 40 heads") {
  if (test::lacks_device()) {
    return;
  }
  rng random{2};
  for (const std::int32_t group : {1, 3, 7, 16, 17, 40}) {
    check_attention(
        {.pieces = {{300, 1}, {5, 1}}, .heads = group, .layout = test::layout_of(1, 64)},
        attention_kernel::splits, random);
  }
}

TEST_CASE("attention of many rows agrees for whole prompts, chunks of them and both in a batch") {
  if (test::lacks_device()) {
    return;
  }
  rng random{3};
  for (const std::int32_t head_dim : {64, 128, 256}) {
    check_attention({.pieces = {{0, 70}, {33, 1}, {17, 40}},
                     .heads = 6,
                     .layout = test::layout_of(2, head_dim)},
                    attention_kernel::tiles, random);
  }
  for (const std::int32_t rows : {17, 31, 32, 33, 63, 64, 65}) {
    check_attention(
        {.pieces = {{0, rows}, {250, rows}}, .heads = 1, .layout = test::layout_of(1, 64)},
        attention_kernel::tiles, random);
  }
}

TEST_CASE("few rows that fit one tile are split, and see no more than their own keys") {
  if (test::lacks_device()) {
    return;
  }
  rng random{4};
  check_attention(
      {.pieces = {{0, 4}, {254, 4}, {511, 2}}, .heads = 4, .layout = test::layout_of(1, 64)},
      attention_kernel::splits, random);
}

TEST_CASE("windows, chunks, soft caps and sinks agree on every path") {
  if (test::lacks_device()) {
    return;
  }
  rng random{5};
  for (const std::int32_t reach : {1, 2, 15, 16, 17, 100, 300}) {
    for (const bool is_window : {true, false}) {
      attention_case c{.heads = 2, .layout = test::layout_of(1, 64)};
      (is_window ? c.window : c.chunk) = reach;
      c.softcap = is_window ? 2.0F : 0.0F;
      c.has_sinks = true;
      c.pieces = {{0, 1}, {299, 1}, {300, 1}, {301, 1}, {700, 1}};
      check_attention(c, attention_kernel::splits, random);
      c.pieces = {{0, 70}, {290, 33}};
      check_attention(c, attention_kernel::tiles, random);
      c.layout.head_dim = 48;
      check_attention(c, attention_kernel::general, random);
    }
  }
}

TEST_CASE("latent keys of 576 have tiles and splits of their own") {
  if (test::lacks_device()) {
    return;
  }
  rng random{7};
  attention_case c{
      .layout = {.layers = 2, .kv_heads = 1, .head_dim = 576, .block_size = 16, .shared_dim = 512}};
  for (const std::int32_t heads : {1, 16, 72}) {
    c.heads = heads;
    c.pieces = {{0, 1}, {31, 1}, {32, 1}, {255, 1}, {256, 1}, {300, 1}};
    check_attention(c, attention_kernel::splits, random);
  }
  c.heads = 3;
  for (const std::int32_t rows : {7, 21, 22, 45}) {
    c.pieces = {{0, rows}, {40, rows}};
    check_attention(c, attention_kernel::tiles, random);
  }
  c.window = 40;
  c.softcap = 3;
  c.has_sinks = true;
  c.pieces = {{0, 1}, {300, 1}};
  check_attention(c, attention_kernel::splits, random);
  c.pieces = {{0, 30}, {290, 33}};
  check_attention(c, attention_kernel::tiles, random);
}

TEST_CASE("keys and values in fp8 agree on every path") {
  if (test::lacks_device()) {
    return;
  }
  rng random{8};
  attention_case c{.heads = 4, .kept = kv_element::fp8};
  for (const std::int32_t head_dim : {64, 128, 256}) {
    c.layout = test::layout_of(2, head_dim);
    c.pieces = {{0, 1}, {15, 1}, {63, 1}, {256, 1}, {300, 1}};
    check_attention(c, attention_kernel::splits, random);
    c.pieces = {{0, 70}, {33, 1}, {17, 40}};
    check_attention(c, attention_kernel::tiles, random);
  }
  c.layout = test::layout_of(2, 80);
  c.pieces = {{0, 3}, {260, 2}};
  check_attention(c, attention_kernel::general, random);
  c.layout = {.layers = 2, .kv_heads = 1, .head_dim = 576, .block_size = 16, .shared_dim = 512};
  c.pieces = {{0, 1}, {31, 1}, {300, 1}};
  check_attention(c, attention_kernel::splits, random);
  c.pieces = {{0, 45}, {40, 45}};
  check_attention(c, attention_kernel::tiles, random);
}

TEST_CASE("heads without tiles, and values inside keys of other sizes, go the general way") {
  if (test::lacks_device()) {
    return;
  }
  rng random{6};
  for (const std::int32_t head_dim : {16, 80, 96, 192}) {
    check_attention(
        {.pieces = {{0, 3}, {260, 2}}, .heads = 4, .layout = test::layout_of(2, head_dim)},
        attention_kernel::general, random);
  }
  check_attention(
      {.pieces = {{0, 5}, {300, 1}},
       .heads = 8,
       .layout =
           {.layers = 2, .kv_heads = 1, .head_dim = 320, .block_size = 16, .shared_dim = 256}},
      attention_kernel::general, random);
}

TEST_CASE("attention refuses what it is not made for") {
  attention_args args{.rows = 1, .sequences = 1, .heads = 4, .layout = test::layout_of(3, 64)};
  CHECK(attention(args, {}, nullptr) == cuda::invalid_value);
  args.layout = test::layout_of(2, 64, 24);
  CHECK(attention(args, {}, nullptr) == cuda::invalid_value);
  args.layout = test::layout_of(2, 592);
  CHECK(attention(args, {}, nullptr) == cuda::invalid_value);
  args.layout = test::layout_of(2, 80);
  CHECK(attention(args, {.kernel = attention_kernel::tiles}, nullptr) == cuda::invalid_value);
}
