// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/receiving.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

const actor_ref me{{{1}, {11}}, 3};
const actor_ref sender{{{2}, {22}}, 1};
const layout_id layout{7};
const std::vector<block_name> names{{hash128{0, 1}}, {hash128{0, 2}}, {hash128{0, 3}}};

part part_of(transfer_id id, std::uint32_t ordinal) {
  return {.transfer = id, .ordinal = ordinal, .block = names[ordinal - 4], .layout = layout};
}

} // namespace

TEST_CASE("receiving accepts each expected part once, from the sender allowed") {
  receiving table(me, {});
  const auto id = *table.open({sender, layout, 4, names});

  CHECK(table.accept(part_of(id, 4), sender));
  CHECK(!table.accept(part_of(id, 4), sender));
  CHECK(!table.accept(part_of(id, 5), me));
  auto other = part_of(id, 5);
  other.layout = {8};
  CHECK(!table.accept(other, sender));
  other = part_of(id, 5);
  other.block = names[2];
  CHECK(!table.accept(other, sender));
  other = part_of(id, 6);
  other.ordinal = 7;
  CHECK(!table.accept(other, sender));
  other.ordinal = 3;
  CHECK(!table.accept(other, sender));
  other = part_of(id, 5);
  other.transfer.number += 1;
  CHECK(!table.accept(other, sender));
  table.check_invariants();
}

TEST_CASE("receiving binds a transfer to the session of its first part") {
  receiving table(me, {});
  const auto id = *table.open({sender, layout, 4, names});
  auto first = sender;
  first.session = 5;
  auto next = sender;
  next.session = 6;

  CHECK(table.accept(part_of(id, 4), first));
  CHECK(!table.accept(part_of(id, 5), next));
  CHECK(table.accept(part_of(id, 5), first));
}

TEST_CASE("receiving is settled when all expected, or all announced parts are answered") {
  receiving table(me, {});
  const auto id = *table.open({sender, layout, 4, names});
  REQUIRE(table.accept(part_of(id, 4), sender));
  CHECK(table.announced(id, sender, 1));
  CHECK(!table.is_settled(id));
  table.answered(id, 4, true);
  CHECK(table.is_settled(id));

  const auto second = *table.open({sender, layout, 4, names});
  for (std::uint32_t i = 4; i < 7; ++i) {
    CHECK(!table.is_settled(second));
    REQUIRE(table.accept(part_of(second, i), sender));
    table.answered(second, i, i != 5);
  }
  CHECK(table.is_settled(second));
  CHECK(table.taken(second) == 2);
}

TEST_CASE("a closed transfer takes nothing and stays until its parts are answered") {
  receiving table(me, {});
  const auto id = *table.open({sender, layout, 4, names});
  REQUIRE(table.accept(part_of(id, 4), sender));
  table.close(id);

  CHECK(!table.accept(part_of(id, 5), sender));
  CHECK(!table.announced(id, sender, 1));
  CHECK(table.is_known(id));
  table.answered(id, 4, true);
  CHECK(!table.is_known(id));
  table.check_invariants();
}

TEST_CASE("receiving never reuses a number and tells actors of one process apart") {
  receiving table(me, {.transfers_max = 1});
  const auto first = *table.open({sender, layout, 4, names});
  CHECK(!table.open({sender, layout, 4, names}));
  CHECK(table.forget(first).empty());
  CHECK(*table.open({sender, layout, 4, names}) != first);

  auto neighbour = me;
  neighbour.actor = 4;
  receiving other(neighbour, {});
  CHECK(*other.open({sender, layout, 4, names}) != first);
}

TEST_CASE("receiving bounds what is handed on and not answered") {
  receiving table(me, {.pending_parts_max = 1});
  const auto id = *table.open({sender, layout, 4, names});
  CHECK(table.accept(part_of(id, 4), sender));
  CHECK(!table.accept(part_of(id, 5), sender));
  CHECK(table.forget(id) == std::vector<std::uint32_t>{4});
}
