// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/token_batch.hpp"
#include "runtime/codec/codec.hpp"
#include "test/unit/worker/worker_rig.hpp"

#include <algorithm>

using namespace troupe;

TEST_CASE("worker monitors the gateway, reserves, starts and ends a local stream") {
  worker_rig rig;

  rig.say(rig.gateway, rig.request(1));
  CHECK(rig.watches(rig.gateway));
  rig.engine_says({engine::reserved{rig.sequence(), 2, 6}});

  REQUIRE(rig.engine.got<engine::start>().size() == 1);
  rig.engine_says({engine::phase_changed{rig.sequence(), engine::sequence_phase::running},
                   engine::produced{rig.sequence(), 0, {9, 8}},
                   engine::produced{rig.sequence(), 2, {7}, engine::end_kind::stop, {}, 32, 68}});

  REQUIRE(rig.count<tokens>(rig.gateway) == 1);
  const auto& made = rig.last<tokens>();
  REQUIRE(made.entries.size() == 1);
  CHECK(made.entries[0].attempt == attempt_id{1});
  CHECK(made.entries[0].first_index == 0);
  CHECK(made.entries[0].tokens == token_list{9, 8, 7});
  REQUIRE(made.entries[0].end);
  CHECK(made.entries[0].end->kind == stream_end_kind::stop);
  CHECK(made.entries[0].end->cached_tokens == 32);
  CHECK(made.entries[0].end->computed_tokens == 68);
  CHECK(!rig.watches(rig.gateway));
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker sends one tokens message per step and gateway") {
  worker_rig rig;
  const auto other = actor_of(9);
  rig.say(rig.gateway, rig.request(1));
  const auto first = rig.sequence();
  rig.say(rig.gateway, rig.request(2));
  const auto second = rig.sequence();
  rig.say(other, rig.request(1));
  const auto third = rig.sequence();
  rig.engine_says({engine::reserved{first, 6, 6}, engine::reserved{second, 6, 6},
                   engine::reserved{third, 6, 6}});

  rig.engine_says({engine::produced{first, 0, {1}}, engine::produced{second, 0, {2}},
                   engine::produced{third, 0, {3}}});

  REQUIRE(rig.count<tokens>(rig.gateway) == 1);
  CHECK(rig.out.sent<tokens>(rig.gateway)[0]->entries.size() == 2);
  REQUIRE(rig.count<tokens>(other) == 1);
  CHECK(rig.out.sent<tokens>(other)[0]->step == 2);
}

TEST_CASE(
    "log probabilities of a batch join their stream's entry, more messages where they are many") {
  token_batch batch;
  const actor_ref gateway{.actor = 1};
  const token_logprobs each{.logprob = -1, .top = std::vector<ranked_token>(20)};
  const std::vector<token_logprobs> many(500, each);
  for (std::uint64_t stream = 1; stream <= 6; ++stream) {
    for (std::uint32_t part = 0; part < 2; ++part) {
      batch.add(gateway, {.stream = {stream},
                          .first_index = part * 500,
                          .tokens = token_list(500),
                          .logprobs = many});
    }
  }
  outbox out;
  batch.flush(7, out);

  std::size_t entries = 0;
  CHECK(out.sent<tokens>(gateway).size() == 6);
  for (const auto* made : out.sent<tokens>(gateway)) {
    CHECK(made->step == 7);
    CHECK(encode(*made).size() < limits::control_frame_bytes_max);
    for (const auto& entry : made->entries) {
      CHECK(entry.logprobs.size() == entry.tokens.size());
      ++entries;
    }
  }
  CHECK(entries == 6);
}

TEST_CASE("worker hands delivered tokens and seeds of a re-placement to the engine") {
  worker_rig rig;
  auto what = rig.request(1, 2);
  what.how.seed = 99;
  what.how.presence_penalty = 0.5F;
  what.rules.banned = {7};
  what.streams[0].delivered = {5, 6};

  rig.say(rig.gateway, what);

  const auto spec = rig.engine.got<engine::reserve>()[0].spec;
  CHECK(spec.delivered == token_list{5, 6});
  CHECK(spec.how.seed == 99);
  CHECK(spec.how.presence_penalty == 0.5F);
  CHECK(spec.rules.banned == token_list{7});
  CHECK(spec.max_tokens == 8);
  CHECK(spec.namer.all(spec.prompt) == rig.names(worker_rig::prompt(100)));
}

TEST_CASE("worker refuses another model, bad values and too long prompts") {
  worker_rig rig;
  auto wrong = rig.request(1);
  wrong.who.model = {hash128{1, 1}};
  rig.say(rig.gateway, wrong);
  CHECK(rig.last<generate_refused>().why.code == errors::wrong_model);
  CHECK(rig.last<generate_refused>().why.retryable);
  REQUIRE(rig.last<generate_refused>().report.seen.size() == 1);
  CHECK(rig.last<generate_refused>().report.seen[0].no == 1);

  rig.say(rig.gateway, rig.request(2, 1, 2048));
  CHECK(rig.last<generate_refused>().why.code == errors::prompt_too_long);
  CHECK(!rig.last<generate_refused>().why.retryable);

  auto empty = rig.request(3);
  empty.prompt.clear();
  rig.say(rig.gateway, empty);
  CHECK(rig.last<generate_refused>().why.code == errc::invalid_value);
  CHECK(rig.engine.commands.empty());
}

TEST_CASE("worker waits for blocks at most 50 ms before it answers no_capacity") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  const auto refuse = [&] {
    rig.engine_says(
        {engine::sequence_refused{rig.sequence(), {errors::no_capacity, "full", "", true}}});
  };
  refuse();
  CHECK(rig.count<generate_refused>() == 0);

  rig.pass(5ms);
  CHECK(rig.engine.got<engine::reserve>().size() == 2);
  rig.pass(46ms);
  refuse();

  REQUIRE(rig.count<generate_refused>(rig.gateway) == 1);
  CHECK(rig.last<generate_refused>().why.code == errors::no_capacity);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker holds at most streams_max streams") {
  worker_rig rig({}, {.streams_max = 1});
  rig.say(rig.gateway, rig.request(1));
  rig.say(rig.gateway, rig.request(2));

  REQUIRE(rig.count<generate_refused>() == 1);
  CHECK(rig.last<generate_refused>().streams == std::vector{stream_id{2}});
  CHECK(rig.last<generate_refused>().why.code == errors::no_capacity);
}

TEST_CASE("worker passes on the engine's final refusals") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::sequence_refused{rig.sequence(), {errors::prompt_too_long, "no"}}});

  CHECK(rig.last<generate_refused>().why.code == errors::prompt_too_long);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker names the model of a stream that its engine failed") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::produced{rig.sequence(),
                                    0,
                                    {},
                                    engine::end_kind::failed,
                                    {errc::internal, "its output is not a number"}}});

  const auto end = rig.last<tokens>().entries[0].end;
  REQUIRE(end);
  CHECK(end->kind == stream_end_kind::failed);
  CHECK(end->why.code == errc::internal);
  CHECK(end->why.text == "model tiny: its output is not a number");
  CHECK_FALSE(end->why.retryable);
  CHECK(rig.core->is_quiet());
}

TEST_CASE("worker ignores a generate it has already and drops an attempt for a newer one") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1, 1));
  rig.say(rig.gateway, rig.request(1, 1));
  CHECK(rig.engine.got<engine::reserve>().size() == 1);

  rig.say(rig.gateway, rig.request(1, 2));
  CHECK(rig.engine.got<engine::cancel>().size() == 1);
  CHECK(rig.engine.got<engine::reserve>().size() == 2);
}

TEST_CASE("worker cancels what its gateway gives up, and only that attempt") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1, 2));
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6}});

  rig.say(rig.gateway, cancel{{1}, {1}});
  rig.say(actor_of(9), cancel{{1}, {2}});
  CHECK(rig.engine.got<engine::cancel>().empty());

  rig.say(rig.gateway, cancel{{1}, {2}});
  CHECK(rig.engine.got<engine::cancel>().size() == 1);
  CHECK(!rig.core->is_quiet());
  rig.engine_says({engine::produced{rig.sequence(), 0, {}, engine::end_kind::cancelled}});
  CHECK(rig.core->is_quiet());
  CHECK(rig.count<tokens>() == 0);
}

TEST_CASE("worker cancels every stream of a gateway that went down") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.say(rig.gateway, rig.request(2));
  rig.say(actor_of(9), rig.request(1));

  rig.down(rig.gateway);

  CHECK(rig.engine.got<engine::cancel>().size() == 2);
}

TEST_CASE("worker gives the engine newer credit only") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.say(rig.gateway, stream_credit{{1}, {1}, 64});
  rig.say(rig.gateway, stream_credit{{1}, {1}, 96});
  rig.say(rig.gateway, stream_credit{{1}, {2}, 200});

  const auto given = rig.engine.got<engine::give_credit>();
  REQUIRE(given.size() == 1);
  CHECK(given[0].up_to == 96);
}

TEST_CASE("worker tells phases as they change and answers queries") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::phase_changed{rig.sequence(), engine::sequence_phase::running}});
  CHECK(rig.last<stream_state>().phase == stream_phase::running);
  const auto before = rig.count<stream_state>();

  rig.engine_says({engine::phase_changed{rig.sequence(), engine::sequence_phase::running}});
  CHECK(rig.count<stream_state>() == before);
  rig.say(rig.gateway, stream_query{{1}, {1}});
  CHECK(rig.count<stream_state>() == before + 1);

  rig.say(rig.gateway, stream_query{{1}, {7}});
  REQUIRE(rig.count<tokens>() == 1);
  CHECK(rig.last<tokens>().entries[0].attempt == attempt_id{7});
  CHECK(rig.last<tokens>().entries[0].end->kind == stream_end_kind::failed);
  CHECK(rig.last<tokens>().entries[0].end->why.retryable);
}

TEST_CASE("worker keeps start, credit and cancel for an engine whose queue is full") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.engine.full = true;
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6}});
  rig.say(rig.gateway, stream_credit{{1}, {1}, 96});
  rig.say(rig.gateway, stream_credit{{1}, {1}, 128});
  rig.say(rig.gateway, rig.request(2));
  rig.engine.full = false;

  rig.pass(1ms);

  CHECK(rig.engine.got<engine::start>().size() == 1);
  REQUIRE(rig.engine.got<engine::give_credit>().size() == 1);
  CHECK(rig.engine.got<engine::give_credit>()[0].up_to == 128);
  rig.pass(10ms);
  CHECK(rig.engine.got<engine::reserve>().size() == 2);
}

TEST_CASE("draining worker refuses new work and says drained when nothing is left") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.ask(actor_of(8), 5, drain{});
  CHECK(rig.count<drained>() == 0);

  rig.say(rig.gateway, rig.request(2));
  CHECK(rig.last<generate_refused>().why.code == errors::draining);
  CHECK(rig.last<generate_refused>().report.phase == worker_phase::draining);

  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::produced{rig.sequence(), 0, {1}, engine::end_kind::length}});
  REQUIRE(rig.count<drained>() == 1);
  CHECK(rig.out.sends().back().body.as<drained>() != nullptr);
  CHECK(rig.out.sends().back().request_id == 5);
}

TEST_CASE("an operator's drain is in the books when it begins and when nothing is left") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.ask(actor_of(8), 5, drain{.who = "ann"});
  CHECK(rig.books == std::vector<std::string>{"ann|drain|begun"});
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::produced{rig.sequence(), 0, {1}, engine::end_kind::length}});
  rig.pass(10ms);
  CHECK(rig.books == std::vector<std::string>{"ann|drain|begun", "ann|drain|drained"});
}

TEST_CASE("a cordoned worker goes on with what it has, and takes work again when it is told") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.ask(actor_of(8), 5, cordon{.on = true, .who = "ann"});
  CHECK(!rig.last<cordoned>().was);
  CHECK(rig.last<cordoned>().streams == 1);
  rig.say(rig.gateway, rig.request(2));
  CHECK(rig.last<generate_refused>().why.code == errors::draining);

  rig.ask(actor_of(8), 6, cordon{.on = false, .who = "ann"});
  CHECK(rig.last<cordoned>().was);
  rig.say(rig.gateway, rig.request(3));
  CHECK(rig.engine.got<engine::reserve>().size() == 2);
  CHECK(rig.books
        == std::vector<std::string>{"ann|cordon|1 streams go on", "ann|uncordon|1 streams go on"});
}

TEST_CASE("who waits for a drain hears that it was called off") {
  worker_rig rig;
  rig.say(rig.gateway, rig.request(1));
  rig.ask(actor_of(8), 5, drain{.who = "ann"});
  rig.ask(actor_of(9), 6, cordon{.on = false, .who = "bob"});

  const auto& sends = rig.out.sends();
  const auto told = std::ranges::find_if(sends, [](const auto& one) {
    return one.request_id == 5 && one.why.code == errc::cancelled;
  });
  CHECK(told != sends.end());
  rig.engine_says({engine::reserved{rig.sequence(), 6, 6},
                   engine::produced{rig.sequence(), 0, {1}, engine::end_kind::length}});
  CHECK(rig.count<drained>() == 0);
}

TEST_CASE("worker without the decode role takes no streams") {
  worker_rig rig;
  context cx{rig.now, rig.out};
  rig.core->set_roles(role_prefill, cx);
  rig.say(rig.gateway, rig.request(1));
  CHECK(rig.last<generate_refused>().why.code == errors::draining);
}

TEST_CASE("mutant worker_minted_attempt answers under an attempt of its own") {
  worker_rig rig({.worker_minted_attempt = true});
  rig.say(rig.gateway, rig.request(1));
  rig.engine_says(
      {engine::sequence_refused{rig.sequence(), {errors::no_capacity, "full", "", true}}});
  rig.pass(5ms);
  rig.engine_says(
      {engine::reserved{rig.sequence(), 6, 6}, engine::produced{rig.sequence(), 0, {1}}});
  CHECK(rig.last<tokens>().entries[0].attempt == attempt_id{2});
}
