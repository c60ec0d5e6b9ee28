// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/latent_store.hpp"
#include "engine/core/cpu/cpu_ops.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"
#include "test/gpu/support/paged_pool.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <vector>

using namespace troupe;
using cuda::ops::element;

namespace {

struct latent_case {
  std::int32_t heads;
  std::int32_t plain_dim;
  std::int32_t rank;
  std::int32_t rope_dim;
  bool has_adjacent_pairs;
  element type;
  cuda::ops::kv_element kept = cuda::ops::kv_element::bf16;
};

constexpr std::int32_t block_size = 16;
constexpr std::int32_t layers = 2;
constexpr std::int32_t layer = 1;

/// Two sequences: five rows over the border of two blocks, then one row.
const std::vector<std::uint32_t> row_positions{14, 15, 16, 17, 18, 3};
const std::vector<std::int32_t> row_sequences{0, 0, 0, 0, 0, 1};
const std::vector<std::uint32_t> slots{4, 1, 3, 0};
constexpr std::int32_t table_stride = 2;
constexpr std::size_t slots_count = 5;

/// As the CPU's ops have them: the queries' turned parts in `q`, the keys in `pool`.
struct expectation {
  std::vector<float> q;
  std::vector<float> pool;
};

struct inputs {
  explicit inputs(const latent_case& how, rng& random)
      : queries(test::as_held(test::normals(rows() * wide(how), 1, random), how.type)),
        key(test::as_held(test::normals(rows() * head_dim(how), 1, random), how.type)),
        weight(test::normals(static_cast<std::size_t>(how.rank), 1, random)),
        cos(test::normals(std::size_t{20} * static_cast<std::size_t>(how.rope_dim), 1, random)),
        sin(test::normals(cos.size(), 1, random)) {}

  static std::size_t rows() { return row_positions.size(); }
  static std::size_t head_dim(const latent_case& how) {
    return static_cast<std::size_t>(how.rank + how.rope_dim);
  }
  static std::size_t wide(const latent_case& how) {
    return static_cast<std::size_t>(how.heads * (how.plain_dim + how.rope_dim));
  }

  std::vector<float> queries;
  std::vector<float> key;
  std::vector<float> weight;
  std::vector<float> cos;
  std::vector<float> sin;
};

constexpr float eps = 1e-6F;
constexpr float untouched = 7;

/// One row after the other: normed, turned, and put where a device keeps it.
expectation computed_here(const latent_case& how, const inputs& from) {
  const auto& ops = engine::cpu::select_ops(engine::cpu::cpu_path::portable);
  const auto head_dim = inputs::head_dim(how);
  const auto rank = static_cast<std::size_t>(how.rank);
  const auto from_dim = static_cast<std::size_t>(how.plain_dim + how.rope_dim);
  const auto heads = static_cast<std::size_t>(how.heads);
  const auto turn = [&](float* head, std::uint32_t position) {
    ops.rope({.x = head,
              .x_stride = head_dim,
              .rows = 1,
              .heads = 1,
              .head_dim = how.rope_dim,
              .rotary_dim = how.rope_dim,
              .has_adjacent_pairs = how.has_adjacent_pairs,
              .positions = &position,
              .cos = from.cos.data(),
              .sin = from.sin.data()});
  };
  expectation all{std::vector<float>(inputs::rows() * heads * head_dim, untouched),
                  std::vector<float>(slots_count * layers * block_size * head_dim, untouched)};
  for (std::size_t r = 0; r < inputs::rows(); ++r) {
    const auto position = row_positions[r];
    for (std::size_t head = 0; head < heads; ++head) {
      auto* to = all.q.data() + (r * heads + head) * head_dim + rank;
      const auto* x = from.queries.data() + r * inputs::wide(how) + head * from_dim
                      + static_cast<std::size_t>(how.plain_dim);
      std::copy_n(x, how.rope_dim, to);
      turn(to, position);
    }
    const auto slot =
        slots[static_cast<std::size_t>(row_sequences[r]) * table_stride + position / block_size];
    auto* key =
        all.pool.data() + ((slot * layers + layer) * block_size + position % block_size) * head_dim;
    std::copy_n(from.key.data() + r * head_dim, head_dim, key);
    ops.rms_norm({.x = key,
                  .x_stride = head_dim,
                  .rows = 1,
                  .cols = how.rank,
                  .weight = from.weight.data(),
                  .eps = eps,
                  .out = key,
                  .out_stride = head_dim});
    turn(key + rank, position);
  }
  return all;
}

cuda::ops::latent_store_args shape_of(const latent_case& how) {
  return {.rows = static_cast<std::int32_t>(inputs::rows()),
          .heads = how.heads,
          .plain_dim = how.plain_dim,
          .eps = eps,
          .turn = {.rotary_dim = how.rope_dim, .has_adjacent_pairs = how.has_adjacent_pairs},
          .table_stride = table_stride,
          .layout = {.layers = layers,
                     .kv_heads = 1,
                     .head_dim = how.rank + how.rope_dim,
                     .block_size = block_size,
                     .shared_dim = how.rank},
          .layer = layer,
          .kept = how.kept,
          .q_stride = static_cast<std::size_t>(how.heads) * inputs::head_dim(how)};
}

void check_latent_store(const latent_case& how, rng& random) {
  const inputs from(how, random);
  const auto expected = computed_here(how, from);
  const test::device_rows queries(from.queries, inputs::wide(how), how.type);
  const test::device_rows key(from.key, inputs::head_dim(how), how.type);
  const test::device_array<float> weight(from.weight);
  const test::device_array<float> cos(from.cos);
  const test::device_array<float> sin(from.sin);
  const test::device_array<std::uint32_t> positions(row_positions);
  const test::device_array<std::int32_t> sequence(row_sequences);
  const test::device_array<std::uint32_t> tables(slots);
  const test::device_array<cuda::bf16> pool(
      test::narrowed(std::vector<float>(expected.pool.size(), untouched)));
  const test::device_array<cuda::e4m3> fp8_pool(
      std::vector<cuda::e4m3>(expected.pool.size(), cuda::to_e4m3(untouched)));
  const bool is_fp8 = how.kept == cuda::ops::kv_element::fp8;
  const test::device_array<cuda::bf16> q(
      test::narrowed(std::vector<float>(expected.q.size(), untouched)));
  auto args = shape_of(how);
  args.queries = queries.in();
  args.key = key.in();
  args.key_weight = weight.data();
  args.turn.cos = cos.data();
  args.turn.sin = sin.data();
  args.positions = positions.data();
  args.sequence = sequence.data();
  args.tables = tables.data();
  args.pool = is_fp8 ? static_cast<void*>(fp8_pool.data()) : pool.data();
  args.q = q.data();

  REQUIRE(latent_store(args, nullptr) == cuda::success);

  CHECK(test::near(test::widened(q.read()), expected.q, 0x1p-8, 2e-6));
  CHECK(test::near(is_fp8 ? test::widened_fp8(fp8_pool.read()) : test::widened(pool.read()),
                   expected.pool, (is_fp8 ? 0x1p-4 : 0x1p-8) + 4e-6,
                   (is_fp8 ? 0x1p-10 : 0.0) + 2e-6));
}

} // namespace

TEST_CASE("latent_store norms, turns and stores as the CPU does, and touches nothing else") {
  if (test::lacks_device()) {
    return;
  }
  rng random{9};
  for (const auto type : test::both_types) {
    for (const bool has_adjacent_pairs : {false, true}) {
      check_latent_store({4, 32, 32, 16, has_adjacent_pairs, type}, random);
      check_latent_store({3, 24, 48, 16, has_adjacent_pairs, type}, random);
      check_latent_store({9, 128, 512, 64, has_adjacent_pairs, type}, random);
      check_latent_store({3, 24, 48, 16, has_adjacent_pairs, type, cuda::ops::kv_element::fp8},
                         random);
    }
  }
}

TEST_CASE("latent_store refuses heads of another kind") {
  const latent_case how{4, 32, 32, 16, false, element::f32};
  auto args = shape_of(how);
  args.layout.kv_heads = 2;
  CHECK(latent_store(args, nullptr) == cuda::invalid_value);
  args = shape_of(how);
  args.layout.shared_dim = 0;
  CHECK(latent_store(args, nullptr) == cuda::invalid_value);
  args = shape_of(how);
  args.turn.rotary_dim = 8;
  CHECK(latent_store(args, nullptr) == cuda::invalid_value);
  args = shape_of({4, 32, 560, 32, false, element::f32});
  CHECK(latent_store(args, nullptr) == cuda::invalid_value);
}
