// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

namespace {

const transfer_id theirs{{9000}, 1};
const actor_ref decoder = actor_of(9);

prefill ask_of(const worker_rig& rig, std::uint32_t have = 0) {
  return {.transfer = theirs,
          .who = {.model = rig.digest, .salt = "salt"},
          .prompt = worker_rig::prompt(100),
          .have_blocks = have,
          .layout = rig.layout};
}

engine::exported block_of(const worker_rig& rig, std::uint32_t index) {
  const auto made = rig.block(theirs, index);
  return {.sequence = rig.sequence(),
          .index = index,
          .name = made.block,
          .layout = rig.layout,
          .checksum = made.checksum,
          .data = made.attachment};
}

} // namespace

TEST_CASE("prefill role computes, pushes each block and says how it split") {
  worker_rig rig;
  rig.ask(decoder, 4, ask_of(rig, 2));
  const auto spec = rig.engine.got<engine::reserve>()[0].spec;
  CHECK(spec.prefill_only);
  CHECK(spec.export_from == 2);
  CHECK(rig.watches(decoder));
  rig.engine_says({engine::reserved{rig.sequence(), 1, 6}});
  CHECK(rig.engine.got<engine::start>().size() == 1);

  for (std::uint32_t i = 2; i < 6; ++i) {
    rig.engine_says({block_of(rig, i)});
  }
  rig.engine_says({engine::produced{rig.sequence(), 0, {}, engine::end_kind::length, {}, 16, 80}});

  CHECK(rig.count<part>(decoder) == 4);
  CHECK(rig.last<part>().ordinal == 5);
  const auto& done = rig.last<transfer_done>();
  CHECK(done.parts == 4);
  CHECK(done.cached_tokens == 16);
  CHECK(done.computed_tokens == 80);
  CHECK(rig.out.sends().back().what == delivery::kind::response);
  CHECK(!rig.core->is_quiet());
  for (std::uint32_t i = 2; i < 6; ++i) {
    rig.say(decoder, part_ack{theirs, i, true});
  }
  CHECK(rig.core->is_quiet());
  CHECK(!rig.watches(decoder));
}

TEST_CASE("prefill role keeps a bounded number of parts unacknowledged") {
  worker_rig rig({}, {.window_parts = 2});
  rig.ask(decoder, 4, ask_of(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}});
  for (std::uint32_t i = 0; i < 6; ++i) {
    rig.engine_says({block_of(rig, i)});
  }
  CHECK(rig.count<part>() == 2);
  rig.say(decoder, part_ack{theirs, 0, true});
  CHECK(rig.count<part>() == 3);
}

TEST_CASE("prefill role reports progress every 100 ms") {
  worker_rig rig;
  rig.ask(decoder, 4, ask_of(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}, block_of(rig, 0)});
  rig.pass(250ms);
  CHECK(rig.count<prefill_progress>(decoder) == 2);
  CHECK(rig.last<prefill_progress>().tokens_done == 16);
}

TEST_CASE("prefill role refuses what it cannot take") {
  worker_rig rig({}, {.prefills_max = 1});
  auto ask = ask_of(rig);
  SUBCASE("another model") {
    ask.who.model = {};
    rig.ask(decoder, 4, ask);
    CHECK(rig.last<transfer_stopped>().why.code == errors::wrong_model);
  }
  SUBCASE("another layout") {
    ask.layout = {1};
    rig.ask(decoder, 4, ask);
    CHECK(rig.last<transfer_stopped>().why.code == errors::wrong_model);
  }
  SUBCASE("draining") {
    rig.say(decoder, drain{});
    rig.ask(decoder, 4, ask);
    CHECK(rig.last<transfer_stopped>().why.code == errors::draining);
  }
  SUBCASE("the queue is full") {
    rig.ask(decoder, 4, ask);
    ask.transfer.number = 2;
    rig.ask(decoder, 5, ask);
    CHECK(rig.last<transfer_stopped>().why.code == errc::overloaded);
    CHECK(rig.last<transfer_stopped>().transfer.number == 2);
  }
  SUBCASE("blocks that the prompt does not have") {
    ask.have_blocks = 7;
    rig.ask(decoder, 4, ask);
    CHECK(rig.last<transfer_stopped>().why.code == errc::invalid_value);
  }
}

TEST_CASE("prefill role cancels the sequence when nobody waits for it") {
  worker_rig rig;
  rig.ask(decoder, 4, ask_of(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}});
  SUBCASE("stopped by the receiver") {
    rig.say(actor_of(8), transfer_stopped{theirs, {}});
    CHECK(rig.engine.got<engine::cancel>().empty());
    rig.say(decoder, transfer_stopped{theirs, {}});
  }
  SUBCASE("the receiver is down") {
    rig.down(decoder);
  }
  CHECK(rig.engine.got<engine::cancel>().size() == 1);
  rig.engine_says(
      {block_of(rig, 0), engine::produced{rig.sequence(), 0, {}, engine::end_kind::cancelled}});
  CHECK(rig.count<part>() == 0);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("prefill queue is served by class, priority and arrival") {
  worker_rig rig({}, {.prefills_active_max = 1});
  const auto ask = [&](std::uint64_t number, work_class cls, std::int32_t priority) {
    auto what = ask_of(rig);
    what.transfer.number = number;
    what.cls = cls;
    what.priority = priority;
    rig.ask(decoder, number, what);
  };
  ask(1, work_class::interactive, 0);
  ask(2, work_class::batch, 9);
  ask(3, work_class::interactive, 0);
  ask(4, work_class::interactive, 1);
  rig.meet();
  CHECK(rig.core->report().waiting_prompt_tokens == 300);

  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::produced{rig.sequence(), 0, {}, engine::end_kind::length}});
  CHECK(rig.engine.got<engine::reserve>().back().spec.priority == 1);
}

TEST_CASE("prefill role gives up waiting for blocks as overloaded") {
  worker_rig rig;
  rig.ask(decoder, 4, ask_of(rig));
  for (int i = 0; i < 500 && rig.count<transfer_stopped>() == 0; ++i) {
    rig.engine_says(
        {engine::sequence_refused{rig.sequence(), {errors::no_capacity, "full", "", true}}});
    rig.pass(5ms);
  }
  CHECK(rig.last<transfer_stopped>().why.code == errc::overloaded);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("prefill role tries the shard of the prompt before it computes") {
  worker_rig rig;
  rig.meet();
  rig.ask(decoder, 4, ask_of(rig));
  rig.engine_says({engine::reserved{rig.sequence(), 1, 6}});
  const auto get = rig.last<kv_get>();
  CHECK(get.names.size() == 5);
  CHECK(rig.engine.got<engine::start>().empty());

  for (std::uint32_t i = 0; i < 2; ++i) {
    auto one = rig.block(get.transfer, i + 1);
    one.ordinal = i;
    rig.say(rig.shard, one);
    CHECK(rig.engine.got<engine::import_block>().back().index == i + 1);
  }
  rig.respond(rig.request_of<kv_get>(), transfer_done{.transfer = get.transfer, .parts = 2});
  rig.engine_says(
      {engine::imported{rig.sequence(), 1, true}, engine::imported{rig.sequence(), 2, true}});
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("a silent shard is not waited for") {
  worker_rig rig;
  rig.meet();
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}});
  CHECK(rig.count<kv_get>(rig.shard) == 1);
  rig.pass(100ms);
  CHECK(rig.count<transfer_stopped>(rig.shard) == 1);
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("the shard is not asked when computing is sooner") {
  worker_rig rig;
  rig.meet();
  rig.stats.prefill_tokens_per_s = 1e9F;
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::reserved{rig.sequence(), 0, 6}});
  CHECK(rig.count<kv_get>() == 0);
  CHECK(rig.engine.got<engine::start>().size() == 1);
}
