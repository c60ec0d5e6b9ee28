// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/step_batch.hpp"

#include "engine/core/executor.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using u32s = std::vector<std::uint32_t>;
using i32s = std::vector<std::int32_t>;

namespace {

const std::vector<token_id> three{7, 8, 9};
const std::vector<token_id> one{5};
const std::vector<engine::slot_id> far_slots{40, 41, 42};
const std::vector<engine::slot_id> near_slots{3};

engine::step_row row(const std::vector<token_id>& tokens, std::uint32_t first,
                     const std::vector<engine::slot_id>& slots, bool wants_token) {
  engine::step_row made;
  made.tokens = tokens;
  made.first_position = first;
  made.blocks = slots;
  made.wants_token = wants_token;
  return made;
}

} // namespace

TEST_CASE("a step is laid flat with its positions, tables and the rows that are wanted") {
  const std::vector<engine::step_row> rows{row(three, 15, far_slots, false),
                                           row(one, 2, near_slots, true)};

  const auto batch = cuda::flatten(rows, 16, 4);

  CHECK(batch.ids == u32s{7, 8, 9, 5});
  CHECK(batch.positions == u32s{15, 16, 17, 2});
  CHECK(batch.sequence == i32s{0, 0, 0, 1});
  CHECK(batch.row_begin == i32s{0, 3, 4});
  // Blocks that no row reaches are not told.
  CHECK(batch.tables == u32s{40, 41, 40, 40, 3, 3, 3, 3});
  CHECK(batch.wanted == i32s{3});
  CHECK(batch.rows_max == 3);
  CHECK(batch.visible_max == 18);
  CHECK_FALSE(batch.is_decode());
}

TEST_CASE("each page has a table, where what a window has passed is a block that is there") {
  const std::vector<engine::slot_id> paged{10, engine::no_slot, 11, 21, 12, 22};
  const std::vector<engine::step_row> rows{row(three, 33, paged, true),
                                           row(one, 2, far_slots, true)};

  const auto batch = cuda::flatten(rows, 16, 4, 2);

  CHECK(batch.table_stride == 8);
  CHECK(batch.tables == u32s{10, 11, 12, 10, 21, 21, 22, 21, 40, 40, 40, 40, 41, 41, 41, 41});
}

TEST_CASE("a decode step is padded with rows of nobody, whose logits come last") {
  const std::vector<engine::step_row> rows{row(one, 20, far_slots, true),
                                           row(one, 2, near_slots, true)};
  auto batch = cuda::flatten(rows, 16, 2);
  REQUIRE(batch.is_decode());

  cuda::pad(batch, 4, 99);

  CHECK(batch.sequences() == 4);
  CHECK(batch.ids == u32s{5, 5, 0, 0});
  CHECK(batch.positions == u32s{20, 2, 0, 0});
  CHECK(batch.sequence == i32s{0, 1, 2, 3});
  CHECK(batch.row_begin == i32s{0, 1, 2, 3, 4});
  CHECK(batch.tables == u32s{40, 41, 3, 3, 99, 99, 99, 99});
  CHECK(batch.wanted == i32s{0, 1, 2, 3});
  CHECK(batch.is_decode());
}
