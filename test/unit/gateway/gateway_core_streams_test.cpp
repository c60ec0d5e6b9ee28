// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("a request is placed, generated, streamed and ended once with its usage") {
  core_rig rig;
  rig.know_routers();

  rig.submit(1, rig.request());
  const place asked = rig.sent<place>();
  const auto order = rig.placed_at(worker_a);
  rig.make(worker_a, order.streams[0], 0, "hey ");
  rig.make(worker_a, order.streams[0], 4, "you", stream_end{.cached_tokens = 3});

  CHECK(asked.prompt_tokens == 5);
  CHECK(asked.attempt == attempt_id{1});
  CHECK(asked.who.model == rig.text->digest());
  CHECK(order.prompt == as_tokens("hello"));
  CHECK(order.placed.router == router_a);
  CHECK(order.placed.no == 5);
  CHECK(order.streams[0].credit == 64);
  CHECK(rig.choice(1).text == "hey you");
  CHECK(rig.choice(1).tokens == as_tokens("hey you"));
  CHECK(rig.choice(1).why == finish_reason::stop);
  CHECK(rig.client(1).used == token_usage{5, 7, 3});
  CHECK(rig.out.sends().empty());
  CHECK(rig.core.idle());
}

TEST_CASE("tokens and times of a request are counted, across a re-placement once") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  CHECK(rig.core.stats().requests == 1);
  const auto first = rig.placed_at(worker_a).streams.front();
  rig.now += 300ms;
  rig.make(worker_a, first, 0, "ab");
  rig.down(worker_a);
  rig.now += 700ms;
  rig.tick();
  const auto second = rig.placed_at(worker_b).streams.front();
  rig.make(worker_b, second, 2, "c", stream_end{.cached_tokens = 5});

  const auto seen = rig.core.stats();

  CHECK(seen.requests == 0);
  CHECK(seen.streams == 0);
  CHECK(seen.completed == 1);
  CHECK(seen.replaced == 1);
  CHECK(seen.prompt_tokens == 5);
  CHECK(seen.cached_tokens == rig.client(1).used.cached_tokens);
  CHECK(seen.accepted_tokens == 3);
  CHECK(seen.first_token_s.sum() == doctest::Approx(0.3));
  CHECK(seen.token_s.sum() == doctest::Approx(0.7 / 2));
  CHECK(seen.request_s.sum() == doctest::Approx(1.0));
}

TEST_CASE("a request that fails or whose client goes adds to no distribution of times") {
  core_rig rig;
  rig.know_routers();
  const auto failing = rig.running(1, worker_a);
  rig.make(worker_a, failing, 0, "",
           stream_end{.kind = stream_end_kind::failed, .why = {.code = errc::internal}});
  static_cast<void>(rig.running(2, worker_a));
  rig.call([](gateway_core& core, context& cx) { core.client_gone({2}, cx); });

  const auto seen = rig.core.stats();

  CHECK(seen.failed == 1);
  CHECK(seen.abandoned == 1);
  CHECK(seen.completed == 0);
  CHECK(seen.request_s.sum() == 0);
  CHECK(seen.token_s.sum() == 0);
}

TEST_CASE("after its end nothing of a stream is heard and the worker is told once per interval") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.make(worker_a, which, 0, "a", stream_end{});

  rig.make(worker_a, which, 1, "b");
  CHECK(rig.sent<cancel>().stream == which.stream);
  rig.make(worker_a, which, 2, "c");
  CHECK(rig.out.sent<cancel>().empty());
  rig.make(worker_a, which, 3, "d", stream_end{});

  CHECK(rig.out.sends().empty());
  CHECK(rig.choice(1).ends == 1);
  CHECK(rig.choice(1).text == "a");
  CHECK(rig.client(1).errors.empty());
}

TEST_CASE("a duplicate entry counts only for what is new in it") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.make(worker_a, which, 0, "abc");

  rig.make(worker_a, which, 0, "abc");
  rig.make(worker_a, which, 1, "bcd");
  rig.make(worker_a, which, 0, "a", stream_end{});

  CHECK(rig.choice(1).text == "abcd");
  CHECK(rig.choice(1).ends == 0);
  CHECK(rig.core.stats().duplicate_entries == 3);
}

TEST_CASE("a gap breaks the stream: the attempt is cancelled and a new one goes on") {
  core_rig rig;
  rig.know_routers();
  const auto first = rig.running(1, worker_a);
  rig.make(worker_a, first, 0, "ab");

  rig.make(worker_a, first, 3, "d");
  CHECK(rig.sent<cancel>().attempt == first.attempt);
  rig.tick();
  const place again = rig.sent<place>();
  const auto second = rig.placed_at(worker_b).streams[0];
  rig.make(worker_b, second, 2, "cd", stream_end{});

  CHECK(again.attempt == attempt_id{2});
  CHECK(again.accepted == 2);
  CHECK(again.excluded == std::vector{worker(worker_a).worker});
  CHECK(second.delivered == as_tokens("ab"));
  CHECK(rig.choice(1).text == "abcd");
  CHECK(rig.choice(1).ends == 1);
}

TEST_CASE("only the worker that holds the attempt in its session is believed") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.make(actor(4, 1, 7), which, 0, "a");

  rig.make(worker_b, which, 1, "X");
  CHECK(rig.sent<cancel>().stream == which.stream);
  rig.make(actor(4, 1, 6), which, 1, "Y");
  auto old_attempt = which;
  old_attempt.attempt = attempt_id{9};
  rig.make(actor(4, 1, 7), old_attempt, 1, "Z");
  rig.make(actor(4, 1, 7), which, 1, "b");

  CHECK(rig.choice(1).text == "ab");
  CHECK(rig.core.stats().unknown_entries == 3);
}

TEST_CASE("an answer stops at max_tokens even if the worker goes on") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a, rig.request(3));

  rig.make(worker_a, which, 0, "abcdef");

  CHECK(rig.choice(1).text == "abc");
  CHECK(rig.choice(1).why == finish_reason::length);
  CHECK(rig.client(1).used.completion_tokens == 3);
  CHECK(rig.sent<cancel>().stream == which.stream);
}

TEST_CASE("a stop string cancels the worker and ends the answer before it") {
  core_rig rig;
  rig.know_routers();
  auto what = rig.request();
  what->stops = {"END"};
  const auto which = rig.running(1, worker_a, what);

  rig.make(worker_a, which, 0, "ab ENDcd");

  CHECK(rig.choice(1).text == "ab ");
  CHECK(rig.choice(1).why == finish_reason::stop);
  CHECK(rig.client(1).used.completion_tokens == 6);
  CHECK(rig.sent<cancel>().stream == which.stream);
}

TEST_CASE("an answer with tool calls finishes for tool_calls") {
  core_rig rig;
  rig.know_routers();
  auto what = rig.request();
  what->parse_tool_calls = true;
  const auto which = rig.running(1, worker_a, what);

  rig.make(worker_a, which, 0, "<tool_call>{\"name\":\"f\"}</tool_call>", stream_end{});

  CHECK(rig.choice(1).why == finish_reason::tool_calls);
  CHECK(rig.choice(1).text.empty());
}

TEST_CASE("each choice is a stream of its own with one seed, and the last one ends the request") {
  core_rig rig;
  rig.know_routers();
  auto what = rig.request();
  what->choices = 2;
  rig.submit(1, what);
  const auto asked = rig.out.sent<place>();
  REQUIRE(asked.size() == 2);
  const place one = *asked[0];
  const place two = *asked[1];

  rig.say(router_a,
          placement{.stream = one.stream, .attempt = one.attempt, .decode = worker(worker_a)});
  const generate first = rig.sent<generate>();
  rig.say(router_a,
          placement{.stream = two.stream, .attempt = two.attempt, .decode = worker(worker_b)});
  const generate second = rig.sent<generate>();
  rig.make(worker_b, second.streams[0], 0, "two", stream_end{});
  CHECK_FALSE(rig.core.idle());
  rig.make(worker_a, first.streams[0], 0, "one!", stream_end{});

  CHECK(first.how.seed == second.how.seed);
  CHECK(first.how.seed != 0);
  CHECK(second.streams[0].choice == 1);
  CHECK(rig.choice(1, 0).text == "one!");
  CHECK(rig.choice(1, 1).text == "two");
  CHECK(rig.client(1).used.prompt_tokens == 5);
  CHECK(rig.client(1).used.completion_tokens == 7);
  CHECK(rig.core.idle());
}

TEST_CASE("a client that goes away cancels what runs and what is being placed") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.call([](gateway_core& c, context& cx) { c.client_gone({1}, cx); });
  CHECK(rig.sent<cancel>().stream == which.stream);

  rig.submit(2, rig.request());
  const place asked = rig.sent<place>();
  rig.call([](gateway_core& c, context& cx) { c.client_gone({2}, cx); });
  CHECK(rig.sent<place_cancel>().stream == asked.stream);
  rig.call([](gateway_core& c, context& cx) { c.client_gone({2}, cx); });

  CHECK(rig.out.sends().empty());
  CHECK(rig.choice(1).ends == 0);
  CHECK(rig.client(2).errors.empty());
  CHECK(rig.core.stats().abandoned == 2);
  CHECK(rig.core.idle());
}

TEST_CASE("credit follows a client that keeps up and stops for one that does not") {
  core_rig rig({.credit_tokens = 8});
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  CHECK(which.credit == 8);

  rig.make(worker_a, which, 0, "abc");
  CHECK(rig.out.sent<stream_credit>().empty());
  rig.make(worker_a, which, 3, "d");
  CHECK(rig.sent<stream_credit>().up_to == 12);
  rig.sink.has_room = false;
  rig.make(worker_a, which, 4, "efghijkl");
  CHECK(rig.out.sends().empty());
  rig.call([](gateway_core& c, context& cx) { c.set_client_window({1}, true, cx); });

  CHECK(rig.sent<stream_credit>().up_to == 20);
}

TEST_CASE(
    "at its limit of streams a gateway refuses with overloaded, while draining with draining") {
  core_rig rig({.streams_max = 1});
  rig.know_routers();
  const auto which = rig.running(1, worker_a);

  rig.submit(2, rig.request());
  rig.core.begin_drain();
  rig.submit(3, rig.request());
  rig.make(worker_a, which, 0, "a", stream_end{});

  REQUIRE(rig.client(2).errors.size() == 1);
  CHECK(rig.client(2).errors[0].code == errc::overloaded);
  CHECK(rig.client(2).errors[0].retry_after_ms > 0);
  CHECK(rig.client(3).errors[0].code == errors::draining);
  CHECK(rig.choice(1).ends == 1);
  CHECK(rig.core.idle());
}

TEST_CASE("stream ids are never reused; the mutant that reuses them takes a stranger's tokens") {
  for (const bool reused : {false, true}) {
    core_rig rig({}, {.reused_stream_ids = reused});
    rig.know_routers();
    const auto old = rig.running(1, worker_a);
    rig.call([](gateway_core& c, context& cx) { c.client_gone({1}, cx); });
    static_cast<void>(rig.running(2, worker_a));

    rig.make(worker_a, old, 0, "late");

    CHECK((rig.choice(2).text == "late") == reused);
  }
}

TEST_CASE("status tells the counters") {
  core_rig rig;
  rig.know_routers();
  static_cast<void>(rig.running(1, worker_a));
  rig.out.clear();
  const delivery asked{.from = actor(9, 2),
                       .what = delivery::kind::request,
                       .request_id = 4,
                       .body = message::of(status_query{})};
  context cx{.now = rig.now, .out = rig.out, .from = &asked};

  dispatch(rig.core, asked, cx);

  const auto& report = rig.sent<status_report>();
  CHECK(report.actor == "gateway");
  CHECK(report.facts[1].key == "streams");
  CHECK(report.facts[1].value == "1");
}
