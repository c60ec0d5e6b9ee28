// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <set>

/// An engine whose host keeps blocks that its pool has let go of.
namespace troupe::engine::test {

namespace {

host_options kept(std::uint32_t pool_blocks, std::size_t kept_blocks) {
  auto options = small_host(pool_blocks);
  options.host_tier_bytes = kept_blocks * small_sim().block_bytes;
  return options;
}

/// A prompt of six whole blocks and four tokens more.
sequence_spec spec_of(std::uint64_t id, std::uint64_t seed) {
  return make_spec(id, some_tokens(100, seed), 2);
}

void compute(loop_rig& rig, std::uint64_t id, std::uint64_t seed) {
  rig.begin(spec_of(id, seed));
  rig.run();
}

} // namespace

TEST_CASE("a prefix that the pool has let go of comes back from the host and is not computed") {
  loop_rig rig{kept(8, 64)};
  compute(rig, 1, 1);
  compute(rig, 2, 2); // Takes the slots of the first.
  for (const auto& entry : rig.log) {
    CHECK(entry.removed.empty());
  }
  compute(rig, 3, 1);

  const auto& back = rig.sequences[3];
  CHECK(back.reservation->cached_blocks == 6);
  CHECK(back.imports.empty());
  CHECK(back.end->computed_tokens == 4);
  CHECK(back.end->cached_tokens == 96);
  CHECK(back.tokens == expected_answer(spec_of(3, 1), small_sim().vocabulary));
  CHECK(rig.loop.stats().host_hits >= 1);
  CHECK(rig.loop.is_idle());
}

TEST_CASE("without room of its own the host keeps nothing") {
  loop_rig rig{kept(8, 0)};
  compute(rig, 1, 1);
  compute(rig, 2, 2);
  compute(rig, 3, 1);
  CHECK(rig.sequences[3].end->computed_tokens > 80);
  CHECK(rig.loop.stats().host_blocks == 0);
}

TEST_CASE("the pool's log says that a block is gone when the host has let go of it, too") {
  loop_rig rig{kept(8, 7)};
  compute(rig, 1, 1);
  const auto names = spec_of(1, 1).namer.all(some_tokens(100, 1));
  const auto removals = [&] {
    std::size_t all = 0;
    for (const auto& entry : rig.log) {
      all += entry.removed.size();
    }
    return all;
  };
  rig.run();
  CHECK(removals() == 0);
  compute(rig, 2, 2);
  CHECK(removals() > 0);

  std::set<block_name> told;
  for (const auto& entry : rig.log) {
    told.insert(entry.stored.begin(), entry.stored.end());
    for (const auto name : entry.removed) {
      CHECK(told.erase(name) == 1);
    }
  }
  const auto shown = rig.loop.snapshot().names;
  CHECK(told == std::set<block_name>(shown.begin(), shown.end()));
}

TEST_CASE("blocks that only the host has are exported by name") {
  loop_rig rig{kept(8, 64)};
  compute(rig, 1, 1);
  compute(rig, 2, 2);
  const auto names = spec_of(1, 1).namer.all(some_tokens(96, 1));
  REQUIRE(!rig.loop.pool().index().find(names.back()));

  rig.say(export_blocks{{5}, names, rig.exec.traits().layout});
  rig.run();

  REQUIRE(rig.exports_done.size() == 1);
  CHECK(rig.exports_done[0].missing.empty());
  REQUIRE(rig.named_exports.size() == names.size());
  for (const auto& part : rig.named_exports) {
    CHECK(part.checksum == hash64(part.data.view()));
    CHECK(std::ranges::equal(part.data.view(), sim_block(part.name, rig.exec.traits())));
  }
}

TEST_CASE("a step takes copies for the host along") {
  loop_rig rig{kept(16, 64)};
  rig.begin(spec_of(1, 1));
  REQUIRE(rig.step());
  const auto* plan = rig.loop.next_step();
  REQUIRE(plan != nullptr);
  CHECK(plan->reads.size() == 6);
  CHECK(std::ranges::all_of(plan->reads, &page_read::is_whole));
  CHECK(!rig.loop.next_save());
}

TEST_CASE("what a preempted sequence had computed comes back from the host") {
  auto options = kept(10, 64);
  loop_rig rig{options};
  auto batch = make_spec(1, some_tokens(100, 1), 30);
  batch.cls = work_class::batch;
  rig.begin(batch);
  for (int step = 0; step < 4; ++step) {
    rig.step();
  }
  rig.begin(make_spec(2, some_tokens(100, 2), 30));
  rig.run();

  const auto& back = rig.sequences[1];
  CHECK(std::ranges::count(back.phases, sequence_phase::preempted) >= 1);
  CHECK(back.tokens == expected_answer(batch, small_sim().vocabulary));
  CHECK(back.end->computed_tokens < 2 * 100 - 90);
  CHECK(rig.loop.stats().host_hits >= 1);
}

} // namespace troupe::engine::test
