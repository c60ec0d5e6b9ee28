// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;
using namespace troupe::test;

namespace {

const model_digest model{{1, 2}};

struct explain_rig {
  core_driver<router_core> router{router_config{.explained_max = 4}, ref_of(1), 42U};
  actor_ref gateway = ref_of(2);

  void add(std::uint64_t n, service_role role, const std::string& name,
           const std::vector<block_name>& holds = {}) {
    router.deliver(ref_of(3), members{.added = {{.node = ref_of(n).node,
                                                 .name = name,
                                                 .services = {{.role = role,
                                                               .actor = ref_of(n),
                                                               .roles = role_decode | role_prefill,
                                                               .digest = model}}}}});
    router.deliver(
        ref_of(n),
        kv_snapshot{.pool = {.node = ref_of(n).node}, .epoch = 1, .last = true, .names = holds});
    router.clear();
  }

  static std::vector<block_name> names(std::size_t count) {
    std::vector<block_name> all;
    for (std::size_t i = 0; i < count; ++i) {
      all.push_back({{7, i}});
    }
    return all;
  }

  static place job(std::uint64_t request, std::uint32_t tokens = 160) {
    return {.request = {{0, request}},
            .stream = {request},
            .attempt = {1},
            .who = {.model = model},
            .prompt_tokens = tokens,
            .names = names(tokens / block_tokens)};
  }

  explain_report explain(const explain_query& what) {
    router.clear();
    router.ask(gateway, what);
    return *router.sent<explain_report>(gateway).front();
  }
};

} // namespace

TEST_CASE("a decision names its pairs, the best first, and the chosen one") {
  explain_rig rig;
  rig.add(10, service_role::worker, "cold");
  rig.add(11, service_role::worker, "warm", explain_rig::names(9));
  rig.router.deliver(rig.gateway, explain_rig::job(1));
  rig.router.advance(1500ms);

  const auto told = rig.explain({.request = {{0, 1}}});

  REQUIRE(told.decisions.size() == 1);
  const auto& one = told.decisions[0];
  CHECK(one.no == 1);
  CHECK(one.age_ms == 1500);
  CHECK(one.prompt_tokens == 160);
  CHECK(one.blocks == 10);
  REQUIRE(one.pairs.size() == 4); // Each may fill for itself or for the other.
  CHECK(one.pairs[0].decode == "warm");
  CHECK(one.pairs[0].decode_cached_blocks == 9);
  CHECK(one.pairs[0].computed_tokens == 16);
  CHECK(std::ranges::is_sorted(one.pairs, {},
                               [](const weighed_pair& p) { return p.ttft_ms + p.harm_ms; }));
  CHECK(std::ranges::count(one.pairs, true, &weighed_pair::chosen) == 1);
  const auto chosen = std::ranges::find(one.pairs, true, &weighed_pair::chosen);
  CHECK(chosen->ttft_ms == told.placements[0].predicted_ttft_ms);
}

TEST_CASE("a refusal is explained too") {
  explain_rig rig;
  rig.router.deliver(rig.gateway, explain_rig::job(1));
  const auto told = rig.explain({.request = {{0, 1}}});
  REQUIRE(told.decisions.size() == 1);
  CHECK(told.placements.empty());
  CHECK(told.decisions[0].no == 0);
  CHECK(told.decisions[0].why.code == errors::no_worker);
}

TEST_CASE("only so many decisions are kept, the newest") {
  explain_rig rig;
  rig.add(10, service_role::worker, "d");
  for (std::uint64_t request = 1; request <= 6; ++request) {
    rig.router.deliver(rig.gateway, explain_rig::job(request));
  }
  CHECK(rig.explain({.request = {{0, 2}}}).decisions.empty());
  CHECK(rig.explain({.request = {{0, 3}}}).decisions.size() == 1);
  CHECK(rig.explain({.request = {{0, 6}}}).decisions.size() == 1);
}

TEST_CASE("an imagined request is decided and forgotten; what pools hold of it is told") {
  explain_rig rig;
  rig.add(10, service_role::worker, "worker", explain_rig::names(3));
  rig.add(11, service_role::cache_shard, "shard", explain_rig::names(5));

  const auto told = rig.explain({.imagined = explain_rig::job(9)});

  REQUIRE(told.decisions.size() == 1);
  CHECK(told.decisions[0].pairs.front().chosen);
  REQUIRE(told.decisions[0].holdings.size() == 2);
  CHECK(told.decisions[0].holdings[0].node == "worker");
  CHECK(told.decisions[0].holdings[0].blocks == 3);
  CHECK(told.decisions[0].holdings[1].blocks == 5);
  CHECK_FALSE(told.decisions[0].holdings[1].computes);
  CHECK(rig.router->stats().placements == 0);
  CHECK(rig.explain({.request = {{0, 9}}}).decisions.empty());
  CHECK(rig.router.sent<placement>().empty());
}
