// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "test/unit/worker/worker_rig.hpp"

using namespace troupe;

namespace {

void import_all(worker_rig& rig, std::uint32_t from, std::uint32_t to) {
  const auto id = rig.last<prefill>().transfer;
  for (auto i = from; i < to; ++i) {
    rig.say(rig.prefiller, rig.block(id, i));
    rig.engine_says({engine::imported{rig.sequence(), i, true}});
  }
}

} // namespace

TEST_CASE("worker asks the prefill worker for the blocks that it lacks") {
  worker_rig rig;
  auto what = rig.request(1);
  what.prefill = worker_ref{.worker = {.node = rig.prefiller.node}, .actor = rig.prefiller};
  what.streams[0].delivered = {5, 6};
  rig.say(rig.gateway, what);
  rig.engine_says({engine::reserved{rig.sequence(), 2, 6}});

  const auto& asked = rig.last<prefill>();
  CHECK(asked.have_blocks == 2);
  CHECK(asked.prompt.size() == 102);
  CHECK(asked.prompt.back() == 6);
  CHECK(asked.transfer.receiver == rig.me.node.life);
  CHECK(rig.watches(rig.prefiller));
  CHECK(rig.engine.got<engine::start>().empty());
  CHECK(rig.last<stream_state>().phase == stream_phase::filling);
}

TEST_CASE("worker computes here what the local index holds already") {
  worker_rig rig;
  auto what = rig.request(1);
  what.prefill = worker_ref{.worker = {.node = rig.prefiller.node}, .actor = rig.prefiller};
  rig.say(rig.gateway, what);
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6}});

  CHECK(rig.count<prefill>() == 0);
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("worker starts when every expected block is imported and splits the prompt's tokens") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  import_all(rig, 0, 6);
  REQUIRE(rig.engine.got<engine::start>().size() == 1);
  CHECK(rig.count<part_ack>(rig.prefiller) == 6);
  rig.respond(
      rig.request_of<prefill>(),
      transfer_done{.transfer = id, .parts = 6, .cached_tokens = 32, .computed_tokens = 64});

  rig.engine_says({engine::produced{rig.sequence(), 0, {1}, engine::end_kind::length, {}, 96, 4}});

  const auto end = *rig.last<tokens>().entries[0].end;
  CHECK(end.cached_tokens == 32);
  CHECK(end.computed_tokens == 68);
  CHECK(!rig.watches(rig.prefiller));
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker without the prefill worker's last word counts imported tokens as computed") {
  worker_rig rig;
  rig.start_remote();
  import_all(rig, 0, 6);
  rig.engine_says({engine::produced{rig.sequence(), 0, {1}, engine::end_kind::length, {}, 96, 4}});

  const auto end = *rig.last<tokens>().entries[0].end;
  CHECK(end.cached_tokens == 0);
  CHECK(end.computed_tokens == 100);
}

TEST_CASE("fallback waits for the answers of queued imports before the sequence starts") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  rig.say(rig.prefiller, rig.block(id, 0));
  rig.say(rig.prefiller, rig.block(id, 1));

  SUBCASE("stopped by the prefill worker") {
    rig.respond(rig.request_of<prefill>(), transfer_stopped{id, {errors::draining, "no"}});
  }
  SUBCASE("refused by the bus") {
    rig.respond(rig.request_of<prefill>(), error{errc::overloaded, "full", "", true});
  }
  SUBCASE("the prefill worker is down") {
    rig.down(rig.prefiller);
  }
  SUBCASE("silence") {
    rig.pass(1s);
    CHECK(rig.count<transfer_stopped>(rig.prefiller) == 1);
  }
  CHECK(rig.engine.got<engine::start>().empty());

  rig.engine_says({engine::imported{rig.sequence(), 0, true}});
  CHECK(rig.engine.got<engine::start>().empty());
  rig.engine_says({engine::imported{rig.sequence(), 1, true}});
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("what may have killed its prefill worker is computed alone up to its next token") {
  worker_rig rig;
  rig.start_remote();

  SUBCASE("the prefill worker is down") {
    rig.down(rig.prefiller);
    CHECK(rig.engine.got<engine::start>().back().alone_until == 1);
  }
  SUBCASE("its link broke under the request") {
    rig.respond(rig.request_of<prefill>(), error{errc::peer_gone, "gone", "", true});
    CHECK(rig.engine.got<engine::start>().back().alone_until == 1);
  }
  SUBCASE("it only refused") {
    rig.respond(rig.request_of<prefill>(), error{errc::overloaded, "full", "", true});
    CHECK(rig.engine.got<engine::start>().back().alone_until == 0);
  }
}

TEST_CASE("a suspect request is computed alone as long as its gateway says") {
  worker_rig rig;
  auto what = rig.request(1);
  what.alone_until = 7;
  rig.say(rig.gateway, what);
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6}});

  CHECK(rig.engine.got<engine::start>().back().alone_until == 7);
  CHECK(rig.engine.got<engine::reserve>().back().spec.request == what.request);
}

TEST_CASE("late parts of a closed transfer are dropped") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  rig.pass(1s);
  REQUIRE(rig.engine.got<engine::start>().size() == 1);

  rig.say(rig.prefiller, rig.block(id, 0));

  CHECK(rig.engine.got<engine::import_block>().empty());
  CHECK(!rig.last<part_ack>().taken);
}

TEST_CASE("parts count once, from the sender asked, under the worker's own names") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  rig.say(rig.prefiller, rig.block(id, 0));
  rig.say(rig.prefiller, rig.block(id, 0));
  rig.say(actor_of(9), rig.block(id, 1));
  auto misnamed = rig.block(id, 1);
  misnamed.block = rig.block(id, 2).block;
  rig.say(rig.prefiller, misnamed);

  CHECK(rig.engine.got<engine::import_block>().size() == 1);
  CHECK(rig.count<part_ack>() == 3);
}

TEST_CASE("progress keeps a slow prefill alive, until it stalls") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  for (int i = 0; i < 30; ++i) {
    rig.pass(100ms);
    rig.say(rig.prefiller, prefill_progress{id, 0});
  }
  CHECK(rig.engine.got<engine::start>().empty());
  for (int i = 0; i < 75; ++i) {
    rig.pass(100ms);
    rig.say(rig.prefiller, prefill_progress{id, 0});
  }
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("a transfer that is done with fewer blocks starts the sequence") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  rig.respond(rig.request_of<prefill>(), transfer_done{.transfer = id, .parts = 2});
  CHECK(rig.engine.got<engine::start>().empty());
  import_all(rig, 0, 2);
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("a cancelled stream stops its prefill and frees the transfer") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  rig.say(rig.prefiller, rig.block(id, 0));

  rig.say(rig.gateway, cancel{{1}, {1}});

  CHECK(rig.count<transfer_stopped>(rig.prefiller) == 1);
  CHECK(!rig.watches(rig.prefiller));
  rig.engine_says({engine::imported{rig.sequence(), 0, false},
                   engine::produced{rig.sequence(), 0, {}, engine::end_kind::cancelled}});
  CHECK(rig.core->is_quiet());
}

TEST_CASE("refused imports are left to the engine to compute") {
  worker_rig rig;
  rig.start_remote();
  const auto id = rig.last<prefill>().transfer;
  for (std::uint32_t i = 0; i < 6; ++i) {
    rig.say(rig.prefiller, rig.block(id, i));
    rig.engine_says({engine::imported{rig.sequence(), i, i != 3}});
  }
  CHECK(rig.engine.got<engine::start>().size() == 1);
}

TEST_CASE("transfer numbers are never reused") {
  worker_rig rig;
  rig.start_remote(1);
  const auto first = rig.last<prefill>().transfer;
  rig.down(rig.prefiller);
  rig.start_remote(2);
  CHECK(rig.last<prefill>().transfer != first);
}

TEST_CASE("mutant eager_fallback starts before queued imports are answered") {
  worker_rig rig({.eager_fallback = true});
  rig.start_remote();
  rig.say(rig.prefiller, rig.block(rig.last<prefill>().transfer, 0));

  rig.now += 2s;
  context cx{rig.now, rig.out};
  rig.core->tick(cx);

  CHECK(rig.engine.got<engine::start>().size() == 1);
}
