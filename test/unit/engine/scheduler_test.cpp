// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/scheduler.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace troupe::engine::test {

namespace {

using rows = std::vector<std::pair<std::uint64_t, std::uint32_t>>;

host_options with_budget(std::uint32_t tokens, std::uint32_t blocks = 64) {
  auto options = small_host(blocks);
  options.step_tokens_max = tokens;
  return options;
}

sequence_spec with_class(sequence_spec spec, work_class cls, std::int32_t priority = 0) {
  spec.cls = cls;
  spec.priority = priority;
  return spec;
}

bool saw(const told_of& told, sequence_phase phase) {
  return std::ranges::find(told.phases, phase) != told.phases.end();
}

} // namespace

TEST_CASE("a prompt is computed in chunks of the step's budget and decodes go first") {
  loop_rig rig{with_budget(10)};
  rig.begin(make_spec(1, some_tokens(4, 1), 20));
  rig.step();
  rig.begin(make_spec(2, some_tokens(25, 2), 5));

  rig.step();
  CHECK(rig.rows == rows{{1, 1}, {2, 9}});
  rig.step();
  CHECK(rig.rows == rows{{1, 1}, {2, 9}});
  rig.step();
  CHECK(rig.rows == rows{{1, 1}, {2, 7}});
  rig.step();
  CHECK(rig.rows == rows{{1, 1}, {2, 1}});
}

TEST_CASE("choices of one prompt that begin together compute its whole blocks once") {
  loop_rig rig;
  for (std::uint64_t id = 1; id <= 4; ++id) {
    auto spec = make_spec(id, some_tokens(70, 1), 5);
    spec.choice = static_cast<std::uint32_t>(id - 1);
    rig.begin(spec);
  }
  rig.step();
  CHECK(rig.rows == rows{{1, 70}});
  rig.step();
  CHECK(rig.rows == rows{{1, 1}, {2, 6}, {3, 6}, {4, 6}});
  CHECK(rig.loop.pool().count(slot_state::shared) == 4);
  rig.run();

  CHECK(rig.stats.prefill_tokens == 64 + 4 * 6);
  for (std::uint64_t id = 1; id <= 4; ++id) {
    auto spec = make_spec(id, some_tokens(70, 1), 5);
    spec.choice = static_cast<std::uint32_t>(id - 1);
    CHECK(rig.sequences[id].tokens == expected_answer(spec, small_sim().vocabulary));
    CHECK(rig.sequences[id].end->cached_tokens == (id == 1 ? 0 : 64));
  }
}

TEST_CASE("interactive prompts go before batch, then priority, then arrival") {
  loop_rig rig{with_budget(8)};
  rig.begin(with_class(make_spec(1, some_tokens(8, 1), 1), work_class::batch, 9));
  rig.begin(with_class(make_spec(2, some_tokens(8, 2), 1), work_class::interactive));
  rig.begin(with_class(make_spec(3, some_tokens(8, 3), 1), work_class::interactive, 5));
  rig.begin(with_class(make_spec(4, some_tokens(8, 4), 1), work_class::interactive));

  std::vector<std::uint64_t> order;
  while (rig.step()) {
    order.push_back(rig.rows.at(0).first);
  }

  CHECK(order == std::vector<std::uint64_t>{3, 2, 4, 1});
}

TEST_CASE("more running sequences than the budget take turns") {
  loop_rig rig{with_budget(2)};
  for (std::uint64_t id = 1; id <= 4; ++id) {
    rig.begin(make_spec(id, some_tokens(2, id), 10));
  }
  rig.run();

  for (std::uint64_t id = 1; id <= 4; ++id) {
    CHECK(rig.sequences[id].tokens.size() == 10);
  }
}

TEST_CASE("a sequence pauses at its credit and goes on when it grows") {
  loop_rig rig;
  auto spec = make_spec(1, some_tokens(20, 1), 9);
  spec.credit_up_to = 3;
  rig.begin(spec);
  rig.run();
  CHECK(rig.sequences[1].tokens.size() == 3);
  CHECK(rig.sequences[1].phases.back() == sequence_phase::paused);

  rig.say(give_credit{{1}, 2});
  rig.run();
  CHECK(rig.sequences[1].tokens.size() == 3);
  rig.say(give_credit{{1}, 20});
  rig.run();

  CHECK(rig.sequences[1].tokens == expected_answer(spec, small_sim().vocabulary));
  CHECK(rig.sequences[1].phases
        == std::vector{sequence_phase::queued, sequence_phase::filling, sequence_phase::running,
                       sequence_phase::paused, sequence_phase::running});
}

TEST_CASE("without credit the prompt is filled and no token is made") {
  loop_rig rig;
  auto spec = make_spec(1, some_tokens(20, 1), 2);
  spec.credit_up_to = 0;
  rig.begin(spec);
  rig.run();
  CHECK(rig.sequences[1].tokens.empty());
  CHECK(rig.sequences[1].phases.back() == sequence_phase::paused);

  rig.say(give_credit{{1}, 5});
  rig.step();

  CHECK(rig.rows == rows{{1, 1}});
  CHECK(rig.sequences[1].tokens.size() == 1);
}

TEST_CASE(
    "when blocks run out the youngest of the lowest priority is preempted and loses nothing") {
  loop_rig rig{small_host(8)};
  std::vector<sequence_spec> specs;
  for (std::uint64_t id = 1; id <= 3; ++id) {
    specs.push_back(make_spec(id, some_tokens(20, id), 40));
    rig.begin(specs.back());
  }
  rig.run();

  CHECK(!saw(rig.sequences[1], sequence_phase::preempted));
  CHECK(saw(rig.sequences[3], sequence_phase::preempted));
  for (const auto& spec : specs) {
    CHECK(rig.sequences[spec.id.value].tokens == expected_answer(spec, small_sim().vocabulary));
  }
  CHECK(rig.loop.is_idle());
}

TEST_CASE("the batch class gives its blocks to an interactive reservation in every state") {
  for (const auto started : {false, true}) {
    loop_rig rig{small_host(8)};
    const auto batch = with_class(make_spec(1, some_tokens(100, 1), 8), work_class::batch);
    rig.say(reserve{batch});
    if (started) {
      rig.say(start{{1}});
      rig.step();
    }

    const auto mine = make_spec(2, some_tokens(100, 2), 8);
    rig.begin(mine);

    REQUIRE(rig.sequences[2].reservation);
    if (!started) {
      rig.say(start{{1}});
    }
    rig.run();
    CHECK(saw(rig.sequences[1], sequence_phase::preempted));
    CHECK(rig.sequences[1].tokens == expected_answer(batch, small_sim().vocabulary));
    CHECK(rig.sequences[2].tokens == expected_answer(mine, small_sim().vocabulary));
  }
}

TEST_CASE("an interactive reservation is never taken back") {
  loop_rig rig{small_host(8)};
  const auto held = make_spec(1, some_tokens(60, 1), 8);
  rig.say(reserve{held});
  const auto growing = make_spec(2, some_tokens(60, 2), 20);
  rig.begin(growing);
  rig.run();
  CHECK(rig.sequences[2].phases.back() == sequence_phase::preempted);

  rig.say(start{{1}});
  rig.run();

  CHECK(!saw(rig.sequences[1], sequence_phase::preempted));
  CHECK(rig.sequences[1].tokens == expected_answer(held, small_sim().vocabulary));
  CHECK(rig.sequences[2].tokens == expected_answer(growing, small_sim().vocabulary));
}

TEST_CASE("a reservation leaves the growth margin of running sequences") {
  loop_rig rig{small_host(8)};
  rig.begin(make_spec(1, some_tokens(50, 1), 60));
  rig.step();

  rig.say(reserve{make_spec(2, some_tokens(50, 2), 2)});
  CHECK(rig.sequences[2].refused->code == errors::no_capacity);
  CHECK(rig.sequences[2].refused->retryable);
  rig.say(reserve{make_spec(3, some_tokens(40, 3), 2)});

  CHECK(rig.sequences[3].reservation);
}

TEST_CASE("a sequence that is alone shares no step, its steps and the common ones take turns") {
  loop_rig rig{with_budget(64)};
  rig.begin(make_spec(1, some_tokens(4, 1), 20));
  rig.begin(make_spec(2, some_tokens(4, 2), 20));
  rig.step();
  rig.begin(make_spec(3, some_tokens(20, 3), 20), 2);

  std::vector<rows> steps;
  for (int i = 0; i < 6; ++i) {
    REQUIRE(rig.step());
    steps.push_back(rig.rows);
  }

  // Alone until it has two tokens, then one of many.
  CHECK(steps[0] == rows{{3, 20}});
  CHECK(steps[1] == rows{{1, 1}, {2, 1}});
  CHECK(steps[2] == rows{{3, 1}});
  CHECK(steps[3] == rows{{1, 1}, {2, 1}, {3, 1}});
  CHECK(steps[4] == rows{{1, 1}, {2, 1}, {3, 1}});
}

TEST_CASE("several that are alone get their steps in turn, and an idle one holds nobody up") {
  loop_rig rig{with_budget(64)};
  rig.begin(make_spec(1, some_tokens(4, 1), 3), 3);
  rig.begin(make_spec(2, some_tokens(4, 2), 3), 3);
  auto idle = make_spec(3, some_tokens(4, 3), 3);
  idle.credit_up_to = 0;
  rig.begin(std::move(idle), 3);

  std::map<std::uint64_t, int> steps_of;
  while (rig.step()) {
    REQUIRE(rig.rows.size() == 1);
    ++steps_of[rig.rows[0].first];
  }

  CHECK(steps_of[1] == 3);
  CHECK(steps_of[2] == 3);
}

} // namespace troupe::engine::test
