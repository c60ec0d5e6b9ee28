// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/attention_plan.hpp"

#include <doctest/doctest.h>

using namespace troupe::cuda;

namespace {

attention_shape shape(std::int32_t rows_max, std::int32_t visible_max, std::int32_t heads = 32,
                      std::int32_t head_dim = 128) {
  return {.rows = 2 * rows_max,
          .sequences = 2,
          .rows_max = rows_max,
          .visible_max = visible_max,
          .heads = heads,
          .layout = {.layers = 2, .kv_heads = 8, .head_dim = head_dim, .block_size = 16}};
}

} // namespace

TEST_CASE("single rows are split by keys, and combined only where there are several splits") {
  const auto one = plan_attention(shape(1, 256));
  CHECK(one.kernel == attention_kernel::splits);
  CHECK(one.row_tiles == 1);
  CHECK(one.splits == 1);
  CHECK(one.scratch_floats == 0);

  const auto two = plan_attention(shape(1, 257));
  CHECK(two.splits == 2);
  CHECK(two.scratch_floats == std::size_t{2} * 32 * 2 * 130);
}

TEST_CASE("a split is a fixed run of positions, so a longer neighbour only adds blocks") {
  CHECK(plan_attention(shape(1, 1024)).splits == 4);
  CHECK(plan_attention(shape(1, 131'072)).splits == 512);
}

TEST_CASE("latent keys of 576 are split by 64 packed queries, others have no tiles") {
  auto latent = shape(1, 257, 128, 576);
  latent.layout.kv_heads = 1;
  latent.layout.shared_dim = 512;
  const auto plan = plan_attention(latent);
  CHECK(plan.kernel == attention_kernel::splits);
  CHECK(plan.row_tiles == 2);
  CHECK(plan.scratch_floats == std::size_t{2} * 128 * 2 * 514);
  latent.rows_max = 3;
  CHECK(plan_attention(latent).kernel == attention_kernel::tiles);
  latent.layout.shared_dim = 256;
  CHECK(plan_attention(latent).kernel == attention_kernel::general);
}

TEST_CASE("a window bounds the splits by what can touch it") {
  auto local = shape(1, 131'072);
  local.window = 128;
  CHECK(plan_attention(local).splits == 2);
  local.window = 4096;
  CHECK(plan_attention(local).splits == 18);
  local.window = 200'000;
  CHECK(plan_attention(local).splits == 512);
  local.window = 0;
  local.chunk = 8192;
  CHECK(plan_attention(local).splits == 34);
}

TEST_CASE("many rows are tiled, with the heads of a group packed into the rows") {
  const auto prompt = plan_attention(shape(100, 100));
  CHECK(prompt.kernel == attention_kernel::tiles);
  CHECK(prompt.row_tiles == 7); // 400 packed queries.
  CHECK(prompt.splits == 1);
  CHECK(prompt.scratch_floats == 0);
  CHECK(plan_attention(shape(4, 100)).kernel == attention_kernel::splits);
  CHECK(plan_attention(shape(5, 100)).kernel == attention_kernel::tiles);
}

TEST_CASE("heads without tiles and values inside keys are general") {
  CHECK(plan_attention(shape(1, 100, 32, 96)).kernel == attention_kernel::general);
  auto latent = shape(3, 100, 128, 320);
  latent.layout.kv_heads = 1;
  latent.layout.shared_dim = 256;
  const auto plan = plan_attention(latent);
  CHECK(plan.kernel == attention_kernel::general);
  CHECK(plan.row_tiles == 6);
}
