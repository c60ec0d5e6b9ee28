// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/sim_executor.hpp"

#include "test/unit/engine/engine_rig.hpp"

#include <doctest/doctest.h>

#include <set>

namespace troupe::engine::test {

namespace {

/// A row of sequence 1 over slots 0 and 1.
struct bench {
  bench() {
    auto options = small_sim();
    options.on_breach = [this](const std::string&) {
      ++breaches;
    };
    exec = std::make_unique<sim_executor>(options);
    exec->allocate_pool(4);
    for (slot_id slot = 0; slot < 2; ++slot) {
      exec->tag_slot(slot, {}, 1);
    }
    names = some_namer().all(history);
  }

  token_id run(std::uint32_t first, std::uint32_t last, std::vector<slot_id> blocks = {0, 1}) {
    step_plan plan;
    plan.rows.push_back({.sequence = 1,
                         .tokens = std::span{history}.subspan(first, last - first),
                         .first_position = first,
                         .blocks = blocks,
                         .wants_token = true,
                         .how = {.seed = 3},
                         .history = std::span{history}.first(last),
                         .context_key = context_key(some_namer()),
                         .names = names});
    step_output out;
    exec->execute(plan, out);
    return out.tokens.at(0);
  }

  [[nodiscard]] token_id expected(std::uint32_t size) const {
    return sim_token(small_sim().vocabulary,
                     sim_history_of(context_key(some_namer()), std::span{history}.first(size)), 3,
                     0);
  }

  token_list history = some_tokens(32, 1);
  std::vector<block_name> names;
  std::unique_ptr<sim_executor> exec;
  int breaches = 0;
};

} // namespace

TEST_CASE("tokens are the oracle's however the prompt is cut") {
  bench whole;
  bench cut;

  CHECK(whole.run(0, 20) == whole.expected(20));
  CHECK(cut.run(0, 7) == cut.expected(7));
  CHECK(cut.run(7, 16) == cut.expected(16));
  CHECK(cut.run(16, 20) == cut.expected(20));
  CHECK(whole.breaches + cut.breaches == 0);
}

TEST_CASE("the oracle's tokens avoid stop tokens and depend on every part of the key") {
  const sim_vocabulary vocabulary{10, {3, 0, 9, 3, 77}};
  std::set<token_id> seen;
  for (std::uint64_t history = 0; history < 1000; ++history) {
    seen.insert(sim_token(vocabulary, history, 1, 0));
  }
  CHECK(seen == std::set<token_id>{1, 2, 4, 5, 6, 7, 8});
  const sim_vocabulary large{1'000'000, {}};
  CHECK(sim_token(large, 5, 1, 0) != sim_token(large, 5, 2, 0));
  CHECK(sim_token(large, 5, 1, 0) != sim_token(large, 5, 1, 1));
  CHECK(context_key(some_namer("a")) != context_key(some_namer("b")));
}

TEST_CASE("an imported block reads like a computed one") {
  bench rig;
  bytes data(64);
  fill_sim_payload(rig.names[0], data);
  rig.exec->tag_slot(0, rig.names[0], 1);

  rig.exec->write_page(0, data);

  CHECK(rig.run(16, 20) == rig.expected(20));
  CHECK(rig.breaches == 0);
}

TEST_CASE("every breach of the tags is noticed and changes the token where one is made") {
  SUBCASE("reading a block of other tokens") {
    bench rig;
    rig.run(0, 16);
    rig.history[3] += 1;
    rig.names = some_namer().all(rig.history);
    CHECK(rig.run(16, 20) != rig.expected(20));
    CHECK(rig.breaches == 1);
  }
  SUBCASE("reading a slot that was never written") {
    bench rig;
    CHECK(rig.run(16, 20) != rig.expected(20));
    CHECK(rig.breaches == 1);
  }
  SUBCASE("writing a free slot") {
    bench rig;
    rig.run(0, 4, {2, 3});
    CHECK(rig.breaches == 4);
  }
  SUBCASE("writing a foreign slot") {
    bench rig;
    rig.exec->tag_slot(2, {}, 9);
    rig.run(0, 4, {2, 3});
    CHECK(rig.breaches == 4);
  }
  SUBCASE("writing a shared slot") {
    bench rig;
    rig.run(0, 16);
    rig.exec->tag_slot(0, rig.names[0], nobody_writes);
    rig.run(0, 1);
    CHECK(rig.breaches == 1);
  }
  SUBCASE("sharing an incomplete block") {
    bench rig;
    rig.run(0, 15);
    rig.exec->tag_slot(0, rig.names[0], nobody_writes);
    CHECK(rig.breaches == 1);
  }
  SUBCASE("freeing a slot with a pending import") {
    bench rig;
    rig.exec->tag_slot(0, rig.names[0], 1);
    rig.exec->tag_slot(0, {}, 0);
    CHECK(rig.breaches == 1);
  }
  SUBCASE("importing other bytes than the name's") {
    bench rig;
    rig.exec->tag_slot(0, rig.names[0], 1);
    rig.exec->write_page(0, bytes(64));
    CHECK(rig.breaches == 1);
  }
  SUBCASE("importing where none is awaited") {
    bench rig;
    rig.exec->write_page(0, bytes(64));
    CHECK(rig.breaches == 1);
  }
  SUBCASE("exporting an incomplete block") {
    bench rig;
    bytes data(64);
    rig.exec->read_page(0, data);
    CHECK(rig.breaches == 1);
  }
}

} // namespace troupe::engine::test
