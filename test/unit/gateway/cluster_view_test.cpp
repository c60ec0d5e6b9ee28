// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/cluster_view.hpp"

#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

member router_on(const actor_ref& who) {
  return {.node = who.node, .services = {{.role = service_role::router, .actor = who}}};
}

member worker_on(const actor_ref& who, std::string model, std::uint64_t digest) {
  return {.node = who.node,
          .services = {{.role = service_role::worker,
                        .actor = who,
                        .model = std::move(model),
                        .digest = {{0, digest}}}}};
}

const time_point now = time_point{} + 1h;

} // namespace

TEST_CASE("the router of the same process is preferred, a resting one is passed over") {
  cluster_view view(router_b.node);
  view.apply({.epoch = 1, .full = true, .added = {router_on(router_a), router_on(router_b)}});

  CHECK(view.pick_router(now) == router_b);
  view.rest_router(router_b, now + 1s);
  CHECK(view.pick_router(now) == router_a);
  view.rest_router(router_a, now + 2s);
  CHECK_FALSE(view.pick_router(now));
  CHECK(view.pick_router(now + 1s) == router_b);
}

TEST_CASE("a full list of the same epoch replaces, that of a new directory only adds") {
  cluster_view view(gateway_ref.node);
  view.apply({.epoch = 1, .full = true, .added = {router_on(router_a), router_on(router_b)}});

  view.apply({.epoch = 2, .full = true, .added = {router_on(router_b)}});
  CHECK(view.router_count() == 2);
  view.apply({.epoch = 2, .full = true, .added = {router_on(router_b)}});
  CHECK(view.router_count() == 1);
  view.apply({.epoch = 2, .removed = {router_b.node}});
  CHECK(view.router_count() == 0);
}

TEST_CASE("a model is the digest that most of its workers serve") {
  cluster_view view(gateway_ref.node);
  view.apply({.epoch = 1,
              .full = true,
              .added = {worker_on(worker_a, "m", 1), worker_on(worker_b, "m", 2),
                        worker_on(actor(6, 1), "m", 2), worker_on(actor(7, 1), "other", 3)}});

  const auto models = view.models();

  REQUIRE(models.size() == 2);
  CHECK(models.at("m").digest == model_digest{{0, 2}});
  CHECK(models.at("m").workers == std::vector{worker_b, actor(6, 1)});
}

TEST_CASE("a member that comes again replaces what it was") {
  cluster_view view(gateway_ref.node);
  view.apply({.epoch = 1, .added = {worker_on(worker_a, "m", 1), router_on(router_a)}});

  view.apply({.epoch = 1, .added = {worker_on(worker_a, "n", 1), {.node = router_a.node}}});

  CHECK(view.models().contains("n"));
  CHECK_FALSE(view.models().contains("m"));
  CHECK(view.router_count() == 0);
}

TEST_CASE("other gateways are known as long as the directory names them, the own one never") {
  const auto gateway_on = [](const actor_ref& who) {
    return member{.node = who.node, .services = {{.role = service_role::gateway, .actor = who}}};
  };
  cluster_view view(gateway_ref.node);
  view.apply(
      {.epoch = 1,
       .full = true,
       .added = {gateway_on(gateway_ref), gateway_on(actor(7, 1)), gateway_on(actor(8, 1))}});
  CHECK(view.gateways() == std::set{actor(7, 1), actor(8, 1)});

  view.apply({.epoch = 1, .removed = {actor(7, 1).node}});
  CHECK(view.gateways() == std::set{actor(8, 1)});
  view.apply({.epoch = 1, .added = {router_on(actor(8, 1))}});
  CHECK(view.gateways().empty());
  view.apply({.epoch = 1, .added = {gateway_on(actor(7, 1))}});
  view.apply({.epoch = 1, .full = true});
  CHECK(view.gateways().empty());
}
