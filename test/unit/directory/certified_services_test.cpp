// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/certified_services.hpp"

#include "actors/assembly/node_roles.hpp"
#include "actors/directory/directory_core.hpp"
#include "messages/worker.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <array>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

member offering(std::vector<service_role> all, role_set roles = 0) {
  member out{.node = ref_of(1).node, .name = "n1"};
  for (const auto role : all) {
    out.services.push_back({.role = role, .actor = ref_of(1), .roles = roles});
  }
  return out;
}

struct fixture {
  std::vector<std::pair<std::string, error>> refusals;
  core_driver<directory_core> directory{
      directory_config{.self = ref_of(50).node,
                       .refused =
                           [this](const member& who, const error& why, std::uint64_t) {
                             refusals.emplace_back(who.name, why);
                           }},
      time_point{} + 1h};
};

} // namespace

TEST_CASE("each service needs its own role in the certificate, and no other does") {
  constexpr std::array<std::pair<service_role, node_roles>, 6> all{
      {{service_role::gateway, node_role::gateway},
       {service_role::router, node_role::router},
       {service_role::cache_shard, node_role::cache},
       {service_role::planner, node_role::planner},
       {service_role::directory, node_role::directory},
       {service_role::node, node_role::agent}}};
  for (const auto& [what, role] : all) {
    CHECK(check_services(offering({what}), role));
    const auto refused = check_services(offering({what}), ~role);
    REQUIRE(!refused);
    CHECK(refused.err().code == errc::forbidden);
    CHECK(check_services(offering({what}), std::nullopt));
  }
}

TEST_CASE("a worker needs the roles it says it has") {
  const auto both = static_cast<role_set>(role_prefill | role_decode);
  CHECK(check_services(offering({service_role::worker}, role_decode), node_role::decode));
  CHECK(!check_services(offering({service_role::worker}, role_decode), node_role::prefill));
  CHECK(!check_services(offering({service_role::worker}, both), node_role::decode));
  CHECK(!check_services(offering({service_role::worker}, 0), node_role::decode));
  CHECK(check_services(offering({service_role::worker}, both), node_role::worker));
}

TEST_CASE("a directory does not take who offers more than its certificate allows, and says so") {
  fixture f;
  const auto asks = [&](std::vector<service_role> all, node_roles roles) {
    f.directory.clear();
    f.directory.hand({.from = ref_of(1),
                      .what = delivery::kind::request,
                      .request_id = 1,
                      .body = message::of(join{.me = offering(std::move(all))}),
                      .sender_roles = roles});
  };
  asks({service_role::router}, node_role::router);
  CHECK(f.directory->stats().members == 1);
  CHECK(f.refusals.empty());

  // Also one that is a member already: what it was stays.
  asks({service_role::router, service_role::planner}, node_role::router);
  REQUIRE(f.directory.sends().size() == 1);
  CHECK(f.directory.sends()[0].why.code == errc::forbidden);
  CHECK(f.directory.sends()[0].why.field == "planner");
  CHECK(f.directory->stats().members == 1);
  CHECK(f.directory->stats().services_refused == 1);
  REQUIRE(f.refusals.size() == 1);
  CHECK(f.refusals[0].first == "n1");

  f.directory.clear();
  f.directory.deliver(ref_of(9), watch{});
  CHECK(f.directory.sent<members>()[0]->added[0].services.size() == 1);
}

TEST_CASE("refusals are told once a second at most, with the number of those untold") {
  fixture f;
  const auto lies = [&] {
    f.directory.hand({.from = ref_of(1),
                      .body = message::of(join{.me = offering({service_role::planner})}),
                      .sender_roles = node_role::router});
  };
  for (int at = 0; at < 10; ++at) {
    lies();
  }
  CHECK(f.refusals.size() == 1);
  f.directory.advance(1s);
  lies();
  CHECK(f.refusals.size() == 2);
  CHECK(f.directory->stats().services_refused == 11);
}
