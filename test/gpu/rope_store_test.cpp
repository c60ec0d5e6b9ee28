// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/rope_store.hpp"

#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"
#include "test/gpu/support/paged_pool.hpp"

#include <doctest/doctest.h>

#include <limits>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::cpu::cpu_path;

namespace {

const engine::cpu::cpu_ops& cpu() {
  return engine::cpu::select_ops(cpu_path::portable);
}

struct rope_case {
  std::int32_t head_dim;
  std::int32_t rotary_dim;
  bool has_adjacent_pairs;
  bool has_norms;
  bool has_l2_norm;
  bool has_temperature;
  element type;
  kv_element kept = kv_element::bf16;
};

void check_rope_store(const rope_case& how, rng& random) {
  constexpr std::int32_t heads = 6;
  constexpr std::int32_t kv_heads = 2;
  constexpr std::int32_t positions_max = 40;
  const std::vector<test::piece> pieces{{0, 3}, {15, 2}, {30, 1}};
  const auto layout = test::layout_of(kv_heads, how.head_dim);
  const auto t = test::drawn_tables(pieces, layout.block_size, random);
  const auto flat = test::flatten(pieces);
  const auto rows = flat.sequence.size();
  const auto dim = static_cast<std::size_t>(how.head_dim);
  const std::size_t width = (heads + 2 * kv_heads) * dim;
  const auto qkv = test::as_held(test::normals(rows * width, 1, random), how.type);
  const auto bias = test::normals(width, 1, random);
  const auto q_weight = test::normals(dim, 1, random);
  const auto k_weight = test::normals(dim, 1, random);
  const auto cos = test::normals(positions_max * dim, 1, random);
  const auto sin = test::normals(positions_max * dim, 1, random);
  const auto temperature = test::normals(rows, 1, random);
  const std::vector<float> ones(dim, 1.0F);
  constexpr float eps = 1e-6F;
  constexpr std::int32_t layer = 1;

  auto x = qkv;
  cpu().add({.x = bias.data(),
             .x_stride = 0,
             .rows = static_cast<std::int32_t>(rows),
             .cols = static_cast<std::int32_t>(width),
             .out = x.data(),
             .out_stride = width});
  const auto norm = [&](std::size_t first, std::int32_t count, const std::vector<float>& weight) {
    for (std::size_t r = 0; r < rows; ++r) {
      float* at = x.data() + r * width + first;
      cpu().rms_norm({.x = at,
                      .x_stride = dim,
                      .rows = count,
                      .cols = how.head_dim,
                      .weight = weight.data(),
                      .eps = eps,
                      .out = at,
                      .out_stride = dim});
    }
  };
  if (how.has_norms) {
    norm(0, heads, q_weight);
    norm(heads * dim, kv_heads, k_weight);
  }
  if (how.rotary_dim > 0) {
    cpu().rope({.x = x.data(),
                .x_stride = width,
                .rows = static_cast<std::int32_t>(rows),
                .heads = heads + kv_heads,
                .head_dim = how.head_dim,
                .rotary_dim = how.rotary_dim,
                .has_adjacent_pairs = how.has_adjacent_pairs,
                .positions = flat.positions.data(),
                .cos = cos.data(),
                .sin = sin.data()});
  }
  if (how.has_l2_norm) {
    norm(0, heads + kv_heads, ones);
  }
  if (how.has_temperature) {
    cpu().scale_rows({.x = x.data(),
                      .x_stride = width,
                      .rows = static_cast<std::int32_t>(rows),
                      .cols = static_cast<std::int32_t>(heads * dim),
                      .scale = temperature.data()});
  }
  std::vector<float> pool(t.pool_slots * layout.block_elements(), 7.0F);
  for (std::size_t s = 0; s < pieces.size(); ++s) {
    const float* k = x.data() + static_cast<std::size_t>(flat.begin[s]) * width + heads * dim;
    cpu().kv_store({.k = k,
                    .v = k + kv_heads * dim,
                    .stride = width,
                    .rows = pieces[s].rows,
                    .first_position = pieces[s].first_position,
                    .slots = t.slots.data() + s * static_cast<std::size_t>(t.stride),
                    .layout = layout,
                    .layer = layer,
                    .pool = pool.data()});
  }

  const test::device_rows qkv_there(qkv, width, how.type);
  const test::device_array<float> bias_there(bias);
  const test::device_array<float> q_weight_there(q_weight);
  const test::device_array<float> k_weight_there(k_weight);
  const test::device_array<float> cos_there(cos);
  const test::device_array<float> sin_there(sin);
  const test::device_array<float> temperature_there(temperature);
  const test::device_array<std::uint32_t> positions(flat.positions);
  const test::device_array<std::int32_t> sequence(flat.sequence);
  const test::device_array<std::uint32_t> slots(t.slots);
  const test::device_array<cuda::bf16> pool_there(
      test::narrowed(std::vector<float>(pool.size(), 7.0F)));
  const test::device_array<cuda::e4m3> fp8_pool_there(
      std::vector<cuda::e4m3>(pool.size(), cuda::to_e4m3(7.0F)));
  const bool is_fp8 = how.kept == kv_element::fp8;
  const test::device_array<cuda::bf16> q(rows * heads * dim);
  REQUIRE(
      rope_store({.qkv = qkv_there.in(),
                  .bias = bias_there.data(),
                  .rows = static_cast<std::int32_t>(rows),
                  .heads = heads,
                  .q_weight = how.has_norms ? q_weight_there.data() : nullptr,
                  .k_weight = how.has_norms ? k_weight_there.data() : nullptr,
                  .eps = eps,
                  .has_l2_norm = how.has_l2_norm,
                  .turn = {.rotary_dim = how.rotary_dim,
                           .has_adjacent_pairs = how.has_adjacent_pairs,
                           .cos = cos_there.data(),
                           .sin = sin_there.data()},
                  .positions = positions.data(),
                  .temperature = how.has_temperature ? temperature_there.data() : nullptr,
                  .sequence = sequence.data(),
                  .tables = slots.data(),
                  .table_stride = t.stride,
                  .layout = layout,
                  .layer = layer,
                  .kept = how.kept,
                  .pool = is_fp8 ? static_cast<void*>(fp8_pool_there.data()) : pool_there.data(),
                  .q = q.data(),
                  .q_stride = heads * dim},
                 nullptr)
      == cuda::success);
  std::vector<float> q_expected;
  for (std::size_t r = 0; r < rows; ++r) {
    const auto begin = x.begin() + static_cast<std::ptrdiff_t>(r * width);
    q_expected.insert(q_expected.end(), begin, begin + static_cast<std::ptrdiff_t>(heads * dim));
  }
  const double relative = 0x1p-8 + (how.has_norms || how.has_l2_norm ? 4e-6 : 0);
  CHECK(test::near(test::widened(q.read()), q_expected, relative, 2e-6));
  if (is_fp8) {
    std::vector<float> expected(pool.size());
    for (std::size_t i = 0; i < pool.size(); ++i) {
      expected[test::device_place(layout, i)] = pool[i];
    }
    CHECK(test::near(test::widened_fp8(fp8_pool_there.read()), expected, 0x1p-4 + relative,
                     0x1p-10 + 2e-6));
  } else {
    CHECK(test::near(test::widened(pool_there.read()), test::widened(test::as_device(layout, pool)),
                     relative, 2e-6));
  }
}

} // namespace

TEST_CASE("rope_store does what five ops of the CPU do, for every kind of rope and norm") {
  if (test::lacks_device()) {
    return;
  }
  rng random{7};
  for (const auto type : test::both_types) {
    for (const bool has_adjacent_pairs : {false, true}) {
      check_rope_store({64, 64, has_adjacent_pairs, false, false, false, type}, random);
      check_rope_store({128, 96, has_adjacent_pairs, true, false, false, type}, random);
      check_rope_store({256, 64, has_adjacent_pairs, false, true, true, type}, random);
    }
    check_rope_store({16, 0, false, true, false, true, type}, random);
    check_rope_store({80, 80, false, true, true, true, type}, random);
    check_rope_store({128, 96, false, true, false, false, type, kv_element::fp8}, random);
  }
}
