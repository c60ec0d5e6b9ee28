// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/request_record.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const actor_ref shell = actor(7, 1);

template <class Query>
delivery asked(core_rig& rig, Query what) {
  rig.out.clear();
  const delivery d{.from = shell,
                   .what = delivery::kind::request,
                   .request_id = 1,
                   .body = message::of(std::move(what))};
  context cx{.now = rig.now, .out = rig.out, .from = &d};
  dispatch(rig.core, d, cx);
  rig.core.check_invariants();
  REQUIRE(rig.out.sends().size() == 1);
  const auto& sent = rig.out.sends().front();
  return {.from = sent.to, .body = sent.body, .why = sent.why};
}

std::vector<request_info> told(core_rig& rig, request_id only = {}) {
  return asked(rig, requests_query{.request = only}).body.as<requests_report>()->requests;
}

} // namespace

TEST_CASE("a request that waits for its place is told as open") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  rig.now += 2ms;
  const auto first = told(rig);
  REQUIRE(first.size() == 1);
  CHECK(first[0].phase == request_phase::open);
  CHECK(first[0].attempts.size() == 1);
  CHECK(first[0].attempts[0].placed_ms == 0);
}

TEST_CASE("times of placing, filling, running and tokens are those of their events") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  const place asked_for = rig.sent<place>();
  const auto router = rig.out.sends().front().to;
  rig.now += 2ms;
  rig.say(router, placement{.stream = asked_for.stream,
                            .attempt = asked_for.attempt,
                            .decode = worker(worker_a),
                            .prefill = worker(worker_b),
                            .no = 1});
  rig.now += 1ms;
  rig.say(worker_a, stream_state{asked_for.stream, asked_for.attempt, stream_phase::filling});
  rig.now += 4ms;
  rig.say(worker_a, stream_state{asked_for.stream, asked_for.attempt, stream_phase::running});
  rig.now += 1ms;
  const stream_start which{.stream = asked_for.stream, .attempt = asked_for.attempt};
  rig.make(worker_a, which, 0, "ab");
  rig.now += 2ms;
  rig.make(worker_a, which, 2, "c", stream_end{});

  const auto all = told(rig, {{0, 1}});

  REQUIRE(all.size() == 1);
  const auto& one = all[0];
  CHECK(one.phase == request_phase::completed);
  CHECK(one.accepted_tokens == 3);
  CHECK(one.first_token_ms == doctest::Approx(8));
  CHECK(one.last_token_ms == doctest::Approx(10));
  CHECK(one.end_ms == doctest::Approx(10));
  REQUIRE(one.attempts.size() == 1);
  CHECK(one.attempts[0].placed_ms == doctest::Approx(2));
  CHECK(one.attempts[0].filling_ms == doctest::Approx(3));
  CHECK(one.attempts[0].running_ms == doctest::Approx(7));
  CHECK(one.attempts[0].token_ms == doctest::Approx(8));
  CHECK(one.attempts[0].prefill.node == worker_b.node);
  CHECK(told(rig, {{0, 2}}).empty());
}

TEST_CASE("a lost worker ends an attempt with its reason, and the next follows") {
  core_rig rig;
  rig.know_routers();
  (void)rig.running(1, worker_a);
  rig.down(worker_a);
  rig.now += 20ms;
  rig.tick();
  const auto all = told(rig);
  REQUIRE(all.size() == 1);
  REQUIRE(all[0].attempts.size() == 2);
  CHECK(all[0].attempts[0].why == "link lost");
  CHECK(all[0].attempts[0].end_ms > 0);
  CHECK(all[0].attempts[1].end_ms == 0);
}

TEST_CASE("requests that failed or were left are remembered as such, and only so many") {
  core_rig rig;
  rig.know_routers();
  (void)rig.running(1, worker_a);
  rig.call([](gateway_core& core, context& cx) { core.client_gone({1}, cx); });
  CHECK(told(rig)[0].phase == request_phase::abandoned);
  (void)rig.running(2, worker_a);
  rig.say(worker_a, generate_refused{.streams = {{2}},
                                     .attempt = {1},
                                     .why = {.code = errors::prompt_too_long, .text = "too long"}});
  CHECK(told(rig)[0].phase == request_phase::failed);
  CHECK(told(rig)[0].why == "too long");
  for (std::uint64_t client = 3; client < 400; ++client) {
    (void)rig.running(client, worker_a);
    rig.call([&](gateway_core& core, context& cx) { core.client_gone({client}, cx); });
  }
  CHECK(told(rig).size() == 256);
}

TEST_CASE("the attempts of a record are bounded, the newest are kept") {
  request_record record({{0, 1}}, "m", 1, 5, time_point{});
  for (std::uint32_t i = 1; i <= 20; ++i) {
    record.asked({i}, time_point{} + i * 1ms);
  }
  const auto all = record.told(time_point{} + 1s).attempts;
  REQUIRE(all.size() == limits::told_attempts_max);
  CHECK(all.back().attempt == attempt_id{20});
}

TEST_CASE("a question of an operator is tokenized as a user's would be, and placed nowhere") {
  core_rig rig;
  rig.know_routers();
  text_registry::snapshot models;
  models[rig.text->name()] = rig.text;
  rig.texts.publish(models);

  const auto got = asked(rig, prompt_query{.text = "hello"});

  const auto* report = got.body.as<prompt_report>();
  REQUIRE(report != nullptr);
  CHECK(report->what.model == rig.text->name());
  CHECK(report->what.who.model == rig.text->digest());
  CHECK(report->what.prompt_tokens >= 5);
  CHECK(report->what.names.size() == report->what.prompt_tokens / block_tokens);
  CHECK(rig.core.idle());
  CHECK(asked(rig, prompt_query{.model = "nobody"}).why.code == errors::model_not_found);
}
