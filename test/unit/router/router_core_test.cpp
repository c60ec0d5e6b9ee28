// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const model_digest model{{1, 2}};

member worker_member(std::uint64_t n, role_set roles, std::string name) {
  const auto ref = ref_of(n);
  return {.node = ref.node,
          .name = std::move(name),
          .services = {{.role = service_role::worker,
                        .actor = ref,
                        .roles = roles,
                        .model = "m",
                        .digest = model}}};
}

std::vector<block_name> names(std::uint64_t first, std::size_t count) {
  std::vector<block_name> result;
  for (std::size_t i = 0; i < count; ++i) {
    result.push_back({{first, i}});
  }
  return result;
}

place job(std::uint64_t stream, std::uint32_t tokens = 160) {
  return {.request = {{0, stream}},
          .stream = {stream},
          .attempt = {1},
          .model = "m",
          .who = {.model = model},
          .prompt_tokens = tokens,
          .names = names(7, tokens / block_tokens)};
}

struct fixture {
  core_driver<router_core> router{router_config{}, ref_of(1), 42U};
  actor_ref gateway = ref_of(2);

  void add(std::uint64_t n, role_set roles, const std::string& name) {
    router.deliver(ref_of(3), members{.added = {worker_member(n, roles, name)}});
    router.deliver(ref_of(n),
                   kv_snapshot{.pool = {.node = ref_of(n).node}, .epoch = 1, .last = true});
    router.clear();
  }

  placement placed(const place& what) {
    router.deliver(gateway, what);
    const auto answers = router.sent<placement>(gateway);
    REQUIRE(answers.size() == 1);
    auto answer = *answers[0];
    router.clear();
    return answer;
  }
};

} // namespace

TEST_CASE("router refuses, retryably, when nobody serves the model") {
  fixture f;

  f.router.deliver(f.gateway, job(1));

  const auto answers = f.router.sent<refused>(f.gateway);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0]->why.code == errors::no_worker);
  CHECK(answers[0]->why.retryable);
}

TEST_CASE("router follows a new worker's log and watches it") {
  fixture f;

  f.router.deliver(ref_of(3), members{.added = {worker_member(10, role_decode, "d1")}});

  CHECK(f.router.sent<kv_resync>(ref_of(10)).size() == 1);
  CHECK(f.router.watches(ref_of(10)));
}

TEST_CASE("router prefers the decode worker that holds the prefix") {
  fixture f;
  f.add(10, role_decode | role_prefill, "w1");
  f.add(11, role_decode | role_prefill, "w2");
  f.router.deliver(ref_of(11), kv_delta{.epoch = 1, .seq = 1, .stored = names(7, 9)});

  auto what = job(1);
  what.prefill = prefill_mode::local;
  const auto answer = f.placed(what);

  CHECK(answer.decode.actor == ref_of(11));
  CHECK(answer.cached_blocks == 9);
  CHECK_FALSE(answer.prefill.has_value());
  CHECK(answer.reasons.size() == 2);
}

TEST_CASE("the last prompt token never counts as cached") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.router.deliver(ref_of(10), kv_delta{.epoch = 1, .seq = 1, .stored = names(7, 10)});

  CHECK(f.placed(job(1, 160)).cached_blocks == 9);
}

TEST_CASE("remote prefill is named when forced and a prefill worker is there") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.add(11, role_prefill, "p1");

  auto what = job(1);
  what.prefill = prefill_mode::remote;
  const auto answer = f.placed(what);

  REQUIRE(answer.prefill.has_value());
  CHECK(answer.prefill->actor == ref_of(11));
  CHECK(answer.decode.actor == ref_of(10));
}

TEST_CASE("forced node names are obeyed") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.add(11, role_decode, "d2");
  f.add(12, role_prefill, "p1");
  f.add(13, role_prefill, "p2");

  auto what = job(1);
  what.force_decode = "d2";
  what.force_prefill = "p1";
  const auto answer = f.placed(what);

  CHECK(answer.decode.actor == ref_of(11));
  CHECK(answer.prefill->actor == ref_of(12));
}

TEST_CASE("own placements spread streams before any report comes") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.add(11, role_decode, "d2");

  std::map<actor_ref, int> counts;
  for (std::uint64_t i = 1; i <= 20; ++i) {
    auto what = job(i);
    what.names = names(100 + i, 10);
    ++counts[f.placed(what).decode.actor];
  }

  CHECK(counts[ref_of(10)] == 10);
  CHECK(counts[ref_of(11)] == 10);
}

TEST_CASE("an excluded worker is used only when there is no other") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.add(11, role_decode, "d2");
  auto what = job(1);
  what.excluded = {{.node = ref_of(10).node}};
  CHECK(f.placed(what).decode.actor == ref_of(11));

  f.router.down(ref_of(11));
  what.attempt = {2};
  CHECK(f.placed(what).decode.actor == ref_of(10));
}

TEST_CASE("a worker whose link broke gets no work and is tried again while it is a member") {
  fixture f;
  f.add(10, role_decode, "d1");

  f.router.down(ref_of(10));
  f.router.deliver(f.gateway, job(1));
  CHECK(f.router.sent<refused>(f.gateway).size() == 1);
  f.router.clear();

  f.router.advance(200ms);
  CHECK(f.router.sent<kv_resync>(ref_of(10)).size() == 1);
  CHECK(f.router.watches(ref_of(10)));
}

TEST_CASE("a new stream is shed over the admission limit, one with accepted tokens never") {
  fixture f;
  f.add(10, role_decode, "d1");
  f.router.deliver(ref_of(10), worker_report{.roles = role_decode,
                                             .waiting_prompt_tokens = 10'000'000,
                                             .prefill_tokens_per_s = 1000});
  f.router.deliver(f.gateway, job(1));
  CHECK(f.router.sent<refused>(f.gateway).at(0)->why.code == errc::overloaded);
  f.router.clear();

  auto resumed = job(2);
  resumed.accepted = 3;
  CHECK(f.placed(resumed).decode.actor == ref_of(10));
}

TEST_CASE("explain tells the placements of a request") {
  fixture f;
  f.add(10, role_decode, "d1");
  (void)f.placed(job(1));

  f.router.ask(f.gateway, explain_query{.request = {{0, 1}}});

  const auto answers = f.router.sent<explain_report>(f.gateway);
  REQUIRE(answers.size() == 1);
  CHECK(answers[0]->placements.size() == 1);
}
