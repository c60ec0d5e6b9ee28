// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

stream_end failed(errc code, bool retryable = true) {
  return {.kind = stream_end_kind::failed,
          .why = {.code = code, .text = "it failed", .retryable = retryable}};
}

refused no(const place& asked, errc code, bool retryable) {
  return {.stream = asked.stream,
          .attempt = asked.attempt,
          .why = {.code = code, .text = "no", .retryable = retryable}};
}

} // namespace

TEST_CASE("a lost worker leaves no seam in characters or stop strings") {
  const std::string whole = "caf\xC3\xA9 ST|OP never";
  const auto answer_cut_at = [](std::size_t cut) {
    core_rig rig;
    rig.know_routers();
    auto what = rig.request();
    what->stops = {"ST|OP"};
    const auto first = rig.running(1, worker_a, what);
    const std::string text = "caf\xC3\xA9 ST|OP never";
    rig.make(worker_a, first, 0, text.substr(0, cut));
    if (rig.choice(1).ends == 0) {
      rig.down(worker_a);
      rig.tick();
      const auto second = rig.placed_at(worker_b).streams[0];
      CHECK(second.delivered == as_tokens(text.substr(0, cut)));
      rig.make(worker_b, second, static_cast<std::uint32_t>(cut), text.substr(cut));
    }
    CHECK(rig.choice(1).ends == 1);
    CHECK(rig.client(1).used.completion_tokens == 11);
    return rig.choice(1).text;
  };

  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    CAPTURE(cut);
    CHECK(answer_cut_at(cut) == "caf\xC3\xA9 ");
  }
}

TEST_CASE("the seed stays the same over attempts") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  const auto first = rig.placed_at(worker_a);

  rig.down(worker_a);
  rig.tick();
  const auto second = rig.placed_at(worker_b);

  CHECK(first.how == second.how);
  CHECK(second.streams[0].attempt == attempt_id{2});
}

TEST_CASE("lost links are free of charge, failures of the request use up its budget") {
  core_rig rig({.retries_max = 2});
  rig.know_routers();
  auto which = rig.running(1, worker_a);
  for (int i = 0; i < 8; ++i) {
    rig.down(worker_a);
    rig.advance(200ms);
    which = rig.placed_at(worker_a).streams[0];
  }
  CHECK(rig.client(1).errors.empty());

  for (int i = 0; i < 2; ++i) {
    rig.make(worker_a, which, 0, "", failed(errors::transfer_failed));
    rig.advance(200ms);
    which = rig.placed_at(worker_a).streams[0];
  }
  CHECK(rig.client(1).errors.empty());
  rig.make(worker_a, which, 0, "", failed(errors::transfer_failed));

  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].code == errors::budget_exhausted);
  CHECK(rig.client(1).errors[0].text.find("it failed") != std::string::npos);
  CHECK(rig.core.idle());
}

TEST_CASE("a final failure ends the request with all its choices, once") {
  core_rig rig;
  rig.know_routers();
  auto what = rig.request();
  what->choices = 2;
  rig.submit(1, what);
  const place one = *rig.out.sent<place>()[0];
  rig.say(router_a,
          placement{.stream = one.stream, .attempt = one.attempt, .decode = worker(worker_a)});
  const auto which = rig.sent<generate>().streams[0];

  rig.make(worker_a, which, 0, "", failed(errc::internal, false));

  CHECK(rig.client(1).errors.size() == 1);
  CHECK(rig.out.sent<place_cancel>(router_a).size() == 1);
  CHECK(rig.core.idle());
}

TEST_CASE("a worker without capacity is avoided once, with a growing pause") {
  core_rig rig;
  rig.know_routers();
  auto which = rig.running(1, worker_a);

  rig.say(worker_a, generate_refused{.streams = {which.stream},
                                     .attempt = which.attempt,
                                     .why = {.code = errors::no_capacity, .retryable = true}});
  CHECK(rig.out.sent<cancel>().empty());
  rig.tick();
  const place again = rig.sent<place>();
  CHECK(again.excluded == std::vector{worker(worker_a).worker});
  rig.say(router_a, no(again, errors::no_worker, true));
  CHECK(rig.core.next_wake() == rig.now + 10ms);
  rig.advance(10ms);
  const place third = rig.sent<place>();

  CHECK(third.excluded.empty());
  CHECK(third.attempt == attempt_id{3});
  CHECK(rig.client(1).errors.empty());
}

TEST_CASE("a moved stream is placed anew from what was accepted") {
  core_rig rig;
  rig.know_routers();
  const auto first = rig.running(1, worker_a);

  rig.make(worker_a, first, 0, "ab", stream_end{.kind = stream_end_kind::moved});
  rig.tick();
  const auto second = rig.placed_at(worker_b).streams[0];

  CHECK(second.delivered == as_tokens("ab"));
}

TEST_CASE("a router that is down or silent is passed over for another") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  CHECK(rig.out.sends()[0].to == router_a);

  rig.down(router_a);
  rig.tick();
  CHECK(rig.out.sends()[0].to == router_b);
  const place asked = rig.sent<place>();
  CHECK(asked.attempt == attempt_id{2});
  rig.advance(5s);
  CHECK(rig.out.sent<place_cancel>(router_b).size() == 1);
  rig.advance(10ms);

  CHECK(rig.out.sent<place>(router_a).size() == 1);
  rig.say(router_b,
          placement{.stream = asked.stream, .attempt = asked.attempt, .decode = worker(worker_b)});
  CHECK(rig.out.sends().empty());
}

TEST_CASE("without any router a request waits, then ends with 503 and advice") {
  core_rig rig;
  rig.submit(1, rig.request());

  for (int i = 0; i < 200 && rig.client(1).errors.empty(); ++i) {
    REQUIRE(rig.core.next_wake());
    rig.now = *rig.core.next_wake();
    rig.tick();
  }

  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].code == errors::no_worker);
  CHECK(row_of(rig.client(1).errors[0].code).http_status == 503);
  CHECK(rig.client(1).errors[0].retry_after_ms >= 1000);
  CHECK(rig.now - (time_point{} + 1h) >= 10s);
}

TEST_CASE("a request that waits for a router goes on as soon as one appears") {
  core_rig rig;
  rig.submit(1, rig.request());
  rig.advance(3s);

  rig.know_routers();
  rig.tick();

  CHECK(rig.out.sent<place>(router_a).size() == 1);
}

TEST_CASE("shedding ends a new request and never one with accepted tokens") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());
  rig.say(router_a, no(rig.sent<place>(), errc::overloaded, true));
  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].code == errc::overloaded);

  const auto which = rig.running(2, worker_a);
  rig.make(worker_a, which, 0, "ab");
  rig.down(worker_a);
  rig.tick();
  rig.say(router_a, no(rig.sent<place>(), errc::overloaded, true));
  CHECK(rig.client(2).errors.empty());
  rig.advance(20ms);

  CHECK(rig.sent<place>().accepted == 2);
}

TEST_CASE("an unknown model ends the request at once") {
  core_rig rig;
  rig.know_routers();
  rig.submit(1, rig.request());

  rig.say(router_a, no(rig.sent<place>(), errors::model_not_found, false));

  CHECK(rig.client(1).errors.at(0).code == errors::model_not_found);
}

TEST_CASE("a request over its time limit ends with timeout and lets its worker go") {
  core_rig rig({.request_timeout = 30s, .silence_max = 1h});
  rig.know_routers();
  const auto which = rig.running(1, worker_a);

  rig.advance(29s);
  CHECK(rig.client(1).errors.empty());
  rig.advance(1s);

  CHECK(rig.client(1).errors.at(0).code == errc::timeout);
  CHECK(rig.sent<cancel>().stream == which.stream);
}

TEST_CASE("a silent worker is queried and left if it does not answer") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.make(worker_a, which, 0, "ab");

  rig.advance(10s);
  CHECK(rig.sent<stream_query>().attempt == which.attempt);
  rig.say(worker_a, stream_state{.stream = which.stream,
                                 .attempt = which.attempt,
                                 .phase = stream_phase::preempted});
  rig.advance(2s);
  CHECK(rig.out.sends().empty());
  rig.advance(10s);
  CHECK(rig.out.sent<stream_query>().size() == 1);
  rig.advance(2s);

  CHECK(rig.sent<cancel>().attempt == which.attempt);
  rig.tick();
  CHECK(rig.sent<place>().accepted == 2);
}

TEST_CASE("a worker that answers but makes no token is left, a paused one is not") {
  for (const auto phase : {stream_phase::running, stream_phase::paused}) {
    core_rig rig;
    rig.know_routers();
    const auto which = rig.running(1, worker_a);
    int cancels = 0;
    for (int i = 0; i < 16; ++i) {
      rig.advance(2500ms);
      cancels += static_cast<int>(rig.out.sent<cancel>().size());
      if (cancels == 0) {
        rig.say(worker_a,
                stream_state{.stream = which.stream, .attempt = which.attempt, .phase = phase});
      }
    }

    CHECK(cancels == (phase == stream_phase::running ? 1 : 0));
  }
}

TEST_CASE("an unknown stream that a worker reports as ended is placed anew") {
  core_rig rig;
  rig.know_routers();
  const auto which = rig.running(1, worker_a);
  rig.make(worker_a, which, 0, "abc");

  rig.make(worker_a, which, 0, "", failed(errc::peer_gone));
  rig.tick();

  CHECK(rig.sent<place>().accepted == 3);
}
