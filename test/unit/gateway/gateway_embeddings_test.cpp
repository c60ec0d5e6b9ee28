// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

#include <deque>
#include <limits>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

using numbers = std::vector<float>;

/// An `embed` that was sent, with its number.
struct asked {
  embed what;
  std::uint64_t request = 0;
  actor_ref at;
};

struct embedding_rig : core_rig {
  explicit embedding_rig(gateway_config config = {}) : core_rig(std::move(config)) {
    know_routers();
  }

  std::shared_ptr<prepared> inputs(std::size_t count, std::size_t tokens_each = 5) {
    auto what = request(1);
    what->stop_tokens.clear();
    what->prompts.assign(count, token_list(tokens_each, 'a'));
    what->pooling = pooling_kind::mean;
    return what;
  }

  /// Answers each `place` of the last event with `where`; the orders that leave are kept.
  std::vector<asked> place_all(const actor_ref& where) {
    std::vector<std::pair<actor_ref, place>> all;
    for (const auto& send : out.sends()) {
      if (const auto* each = send.body.as<place>()) {
        all.emplace_back(send.to, *each);
      }
    }
    std::vector<asked> made;
    for (const auto& [router, each] : all) {
      say(router,
          placement{.stream = each.stream, .attempt = each.attempt, .decode = worker(where)});
      for (const auto& send : out.sends()) {
        if (const auto* order = send.body.as<embed>()) {
          REQUIRE(send.what == delivery::kind::request);
          made.push_back({*order, send.request_id, send.to});
        }
      }
    }
    return made;
  }

  void answer_with(const asked& to, message body, error why = {}) {
    call([&](gateway_core& c, context& cx) {
      c.on_response(to.request,
                    {.from = to.at,
                     .what = delivery::kind::response,
                     .request_id = to.request,
                     .body = std::move(body),
                     .why = std::move(why)},
                    cx);
    });
  }
  void give(const asked& to, numbers values) {
    answer_with(to, message::of(embedded{.stream = to.what.stream,
                                         .attempt = to.what.attempt,
                                         .values = std::move(values)}));
  }
  void refuse(const asked& to, errc code, bool retryable = true) {
    answer_with(to, {}, {.code = code, .text = "because", .retryable = retryable});
  }
};

} // namespace

TEST_CASE("an input is placed to be computed at one worker and its embedding ends it") {
  embedding_rig rig;
  auto what = rig.inputs(1);
  what->forced.prefill = prefill_mode::remote;
  rig.submit(1, what);
  CHECK(rig.sent<place>().prefill == prefill_mode::local);
  CHECK(rig.sent<place>().names.empty());
  const auto order = rig.place_all(worker_a).at(0);
  CHECK(order.at == worker_a);
  CHECK(order.what.prompt == what->prompts[0]);
  CHECK(order.what.pooling == pooling_kind::mean);
  CHECK(order.what.attempt == attempt_id{1});
  rig.give(order, {1, 2});

  CHECK(rig.choice(1).embedding == numbers{1, 2});
  CHECK(rig.choice(1).ends == 1);
  CHECK(rig.client(1).used == token_usage{.prompt_tokens = 5});
  CHECK(rig.core.idle());
  CHECK(rig.core.stats().completed == 1);
  CHECK(rig.out.sent<cancel>().empty());
}

TEST_CASE("of many inputs some are at workers at once, each ends once, in any order") {
  embedding_rig rig({.inputs_ahead = 3});
  rig.submit(1, rig.inputs(8));
  std::deque<asked> open;
  std::size_t seen = 0;
  for (auto made = rig.place_all(worker_a);; made = rig.place_all(worker_a)) {
    open.insert(open.end(), made.begin(), made.end());
    seen += made.size();
    CHECK(open.size() <= 3);
    if (open.empty()) {
      break;
    }
    rig.give(open.back(), {static_cast<float>(seen)});
    open.pop_back();
  }
  CHECK(seen == 8);
  CHECK(rig.client(1).choices.size() == 8);
  for (const auto& [number, each] : rig.client(1).choices) {
    CHECK(each.ends == 1);
    CHECK(each.embedding.size() == 1);
  }
  CHECK(rig.client(1).used.prompt_tokens == 40);
  CHECK(rig.core.idle());
}

TEST_CASE("long inputs go one by one") {
  embedding_rig rig({.input_tokens_ahead = 100});
  rig.submit(1, rig.inputs(2, 150));
  auto first = rig.place_all(worker_a);
  REQUIRE(first.size() == 1);
  rig.give(first[0], {1});
  auto second = rig.place_all(worker_a);
  REQUIRE(second.size() == 1);
  rig.give(second[0], {1});
  CHECK(rig.core.idle());
}

TEST_CASE("a worker lost under an embedding is replaced, and what it says late counts no more") {
  embedding_rig rig;
  rig.submit(1, rig.inputs(1));
  const auto first = rig.place_all(worker_a).at(0);
  rig.down(worker_a);
  rig.refuse(first, errc::peer_gone); // The bus ends the request, too.
  CHECK(rig.client(1).errors.empty());
  rig.advance(1s);
  const auto again = rig.place_all(worker_b).at(0);
  CHECK(again.what.attempt == attempt_id{2});
  rig.give(first, {9});
  CHECK(rig.choice(1).ends == 0);
  rig.give(again, {1});
  CHECK(rig.choice(1).embedding == numbers{1});
  CHECK(rig.choice(1).ends == 1);
}

TEST_CASE("the request's end may come before its worker's") {
  embedding_rig rig;
  rig.submit(1, rig.inputs(1));
  const auto first = rig.place_all(worker_a).at(0);
  rig.refuse(first, errc::peer_gone);
  rig.down(worker_a);
  rig.advance(1s);
  rig.give(rig.place_all(worker_b).at(0), {1});
  CHECK(rig.choice(1).ends == 1);
}

TEST_CASE("a refusal of the place costs nothing, one of the request ends it") {
  embedding_rig rig;
  rig.submit(1, rig.inputs(1));
  for (int times = 0; times < 10; ++times) {
    rig.refuse(rig.place_all(worker_a).at(0), errors::no_capacity);
    rig.advance(200ms);
  }
  CHECK(rig.client(1).errors.empty());
  CHECK(rig.sent<place>().excluded.size() >= 1);
  rig.refuse(rig.place_all(worker_a).at(0), errc::unsupported, false);
  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].code == errc::unsupported);
  CHECK(rig.core.idle());
}

TEST_CASE(
    "a worker that does not know the message is passed over, and if no other is left so said") {
  embedding_rig rig;
  rig.submit(1, rig.inputs(1));
  rig.refuse(rig.place_all(worker_a).at(0), errc::unknown_type);
  rig.advance(200ms);
  const auto asked = rig.sent<place>();
  CHECK(asked.excluded == std::vector{worker(worker_a).worker});
  SUBCASE("another knows it") {
    rig.give(rig.place_all(worker_b).at(0), {1});
    CHECK(rig.choice(1).ends == 1);
  }
  SUBCASE("there is no other") {
    const auto router = rig.out.sends().front().to;
    rig.say(router, refused{.stream = asked.stream,
                            .attempt = asked.attempt,
                            .why = {.code = errors::no_worker, .retryable = true}});
    REQUIRE(rig.client(1).errors.size() == 1);
    CHECK(rig.client(1).errors[0].code == errc::unsupported);
    CHECK(rig.client(1).errors[0].text.find("update") != std::string::npos);
  }
  CHECK(rig.core.idle());
}

TEST_CASE("when the client goes its embeddings are cancelled, and what has not begun never does") {
  embedding_rig rig({.inputs_ahead = 2});
  rig.submit(1, rig.inputs(5));
  const auto open = rig.place_all(worker_a);
  REQUIRE(open.size() == 2);
  rig.call([](gateway_core& c, context& cx) { c.client_gone({1}, cx); });
  CHECK(rig.out.sent<cancel>(worker_a).size() == 2);
  CHECK(rig.out.sent<place>().empty());
  CHECK(rig.core.idle());
  rig.give(open[0], {1}); // It was on its way.
  CHECK(rig.client(1).choices.empty());
}

TEST_CASE("one input that fails ends the request") {
  embedding_rig rig({.inputs_ahead = 2});
  rig.submit(1, rig.inputs(5));
  const auto open = rig.place_all(worker_a);
  rig.refuse(open[1], errors::prompt_too_long, false);
  CHECK(rig.client(1).errors.size() == 1);
  CHECK(rig.out.sent<cancel>(worker_a).size() == 2); // Its own attempt, too.
  CHECK(rig.core.idle());
}

TEST_CASE("an embedding that is none is broken, and asked of another") {
  for (int kind = 0; kind < 5; ++kind) {
    CAPTURE(kind);
    embedding_rig rig;
    rig.submit(1, rig.inputs(1));
    const auto order = rig.place_all(worker_a).at(0);
    embedded made{.stream = order.what.stream, .attempt = order.what.attempt, .values = {1}};
    if (kind == 0) {
      made.values.clear();
    } else if (kind == 1) {
      made.values = {1, std::numeric_limits<float>::quiet_NaN()};
    } else if (kind == 2) {
      ++made.stream.value;
    } else if (kind == 3) {
      ++made.attempt.value;
    }
    if (kind < 4) {
      rig.answer_with(order, message::of(made));
    } else {
      rig.make(worker_a, {.stream = order.what.stream, .attempt = order.what.attempt}, 0, "x",
               stream_end{});
    }
    CHECK(rig.core.stats().broken_streams == 1);
    CHECK(rig.choice(1).ends == 0);
    rig.advance(1s);
    rig.give(rig.place_all(worker_b).at(0), {1});
    CHECK(rig.choice(1).ends == 1);
    CHECK(rig.choice(1).text.empty());
  }
}

TEST_CASE("more dimensions than the embedding has are refused where only the worker knew") {
  embedding_rig rig;
  auto what = rig.inputs(1);
  what->dimensions = 3;
  rig.submit(1, what);
  rig.give(rig.place_all(worker_a).at(0), {1, 2});
  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].field == "dimensions");
}

TEST_CASE("a silent worker is queried about an embedding, and left if it knows nothing of it") {
  embedding_rig rig;
  rig.submit(1, rig.inputs(1));
  const auto order = rig.place_all(worker_a).at(0);
  rig.advance(11s);
  REQUIRE(rig.out.sent<stream_query>(worker_a).size() == 1);
  rig.say(worker_a, stream_state{.stream = order.what.stream,
                                 .attempt = order.what.attempt,
                                 .phase = stream_phase::filling});
  rig.advance(11s);
  CHECK(rig.out.sent<stream_query>(worker_a).size() == 1);
  rig.advance(3s);
  CHECK(rig.out.sent<cancel>(worker_a).size() == 1);
  rig.advance(1ms);
  rig.give(rig.place_all(worker_b).at(0), {1});
  CHECK(rig.choice(1).ends == 1);
}
