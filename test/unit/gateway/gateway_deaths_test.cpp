// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const actor_ref agent_ref = actor(6, 3);

request_id id(std::uint64_t client) {
  return request_id{{0, client}};
}

/// A gateway that knows an agent.
struct fixture : core_rig {
  explicit fixture(gateway_mutants mutants = {}) : core_rig({}, mutants) {
    know_routers();
    members known{.epoch = 1, .version = 2};
    known.added = {
        {.node = agent_ref.node, .services = {{.role = service_role::node, .actor = agent_ref}}}};
    say(actor(9, 1), known);
  }

  crash_told death(const actor_ref& of, std::vector<dying_request> dying, bool proves = true) {
    return {{.no = 4, .slot = "d", .life = of.node, .proves = proves, .dying = std::move(dying)}};
  }

  /// After `worker` was lost and told of; the stream placed again.
  generate again(const actor_ref& worker) {
    tick();
    return placed_at(worker);
  }
};

} // namespace

TEST_CASE("a lost stream waits for the word of its worker's agent, and no longer than that") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  f.tick();
  CHECK(f.out.sent<place>().empty());

  f.say(agent_ref, f.death(worker_a, {}, false));
  f.tick();
  CHECK(f.out.sent<place>().size() == 1);
}

TEST_CASE("without the agent's word a lost stream goes on all the same") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  f.advance(199ms);
  CHECK(f.out.sent<place>().empty());

  f.advance(1ms);
  CHECK(f.out.sent<place>().size() == 1);
}

TEST_CASE("news of members do not end the wait for the agent's word") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);

  f.say(actor(9, 1), members{.epoch = 1, .version = 3, .removed = {worker_a.node}});
  f.tick();

  CHECK(f.out.sent<place>().empty());
}

TEST_CASE("a stream without a token waits for word of its prefill worker too, which may be late") {
  fixture f;
  f.submit(1, f.request());
  const place asked = f.sent<place>();
  f.say(router_a, placement{.stream = asked.stream,
                            .attempt = asked.attempt,
                            .decode = worker(worker_a),
                            .prefill = worker(worker_b)});
  f.down(worker_a);
  f.say(agent_ref, f.death(worker_a, {{id(1), 0}}));
  f.tick();
  CHECK(f.out.sent<place>().empty());

  f.say(agent_ref, f.death(worker_b, {{id(1), 0}, {id(2), 0}}));

  REQUIRE(f.client(1).errors.size() == 1);
  CHECK(f.client(1).errors[0].code == errors::request_quarantined);
}

TEST_CASE("if the agent's word came first, nothing waits") {
  fixture f;
  f.running(1, worker_a);
  f.say(agent_ref, f.death(worker_a, {}, false));
  CHECK(f.sent<crash_held>().requests == std::vector<request_id>{id(1)});
  CHECK(f.sent<crash_held>().no == 4);

  f.down(worker_a);
  f.tick();

  CHECK(f.out.sent<place>().size() == 1);
}

TEST_CASE("a request that a proven death names is computed alone and by one worker") {
  fixture f;
  const auto first = f.running(1, worker_a);
  f.make(worker_a, first, 0, "ab");
  f.down(worker_a);
  f.say(agent_ref, f.death(worker_a, {{id(1), 3}, {id(2), 9}}));

  f.tick();
  CHECK(f.sent<place>().prefill == prefill_mode::local);
  const auto second = f.placed_at(worker_b);

  CHECK(second.alone_until == 4);
  CHECK_FALSE(second.prefill.has_value());
  CHECK(f.client(1).errors.empty());
}

TEST_CASE("a request that was not named, or by a death that proves nothing, stays as it was") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  SUBCASE("not named") {
    f.say(agent_ref, f.death(worker_a, {{id(2), 3}}));
  }
  SUBCASE("killed from outside") {
    f.say(agent_ref, f.death(worker_a, {{id(1), 3}}, false));
  }
  CHECK(f.again(worker_b).alone_until == 0);
}

TEST_CASE("the second death ends a request with an error that says so; it is listed and refused") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  f.say(agent_ref, f.death(worker_a, {{id(1), 0}, {id(7), 0}}));
  f.again(worker_b);
  f.down(worker_b);

  f.say(agent_ref, f.death(worker_b, {{id(1), 0}}));

  REQUIRE(f.client(1).errors.size() == 1);
  const auto& why = f.client(1).errors[0];
  CHECK(why.code == errors::request_quarantined);
  CHECK_FALSE(why.retryable);
  CHECK(why.text.find("2 workers died") != std::string::npos);
  CHECK(f.core.idle());
  f.advance(1min);
  CHECK(f.out.sent<place>().empty());

  f.submit(2, f.request()); // The client tries again.
  REQUIRE(f.client(2).errors.size() == 1);
  CHECK(f.client(2).errors[0].code == errors::request_quarantined);
  CHECK(f.core.stats().quarantined == 2);
  auto other = f.request();
  other->prompt = as_tokens("good");
  f.submit(3, other);
  CHECK(f.client(3).errors.empty());
}

TEST_CASE("innocents that shared two deaths with others are not condemned") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  f.say(agent_ref, f.death(worker_a, {{id(1), 0}, {id(7), 0}}));
  f.again(worker_b);
  f.down(worker_b);
  f.say(agent_ref, f.death(worker_b, {{id(1), 0}, {id(8), 0}}));

  const auto third = f.again(worker_a);

  CHECK(f.client(1).errors.empty());
  CHECK(third.alone_until == 0xFFFFFFFF); // Its next death would leave no doubt.
}

TEST_CASE("a death counts once, and only from an agent") {
  fixture f;
  f.running(1, worker_a);
  f.down(worker_a);
  f.say(actor(8, 8), f.death(worker_a, {{id(1), 0}}));
  CHECK(f.out.sent<crash_held>().empty());
  f.say(agent_ref, f.death(worker_a, {{id(1), 0}}));
  f.say(agent_ref, f.death(worker_a, {{id(1), 0}}));

  CHECK(f.client(1).errors.empty());
  CHECK(f.core.stats().suspected == 1);
}

TEST_CASE("operators are told of quarantined requests") {
  fixture f({.blames_bystanders = true});
  f.running(1, worker_a);
  for (const auto& worker : {worker_a, worker_b}) {
    f.down(worker);
    f.say(agent_ref, f.death(worker, {{id(1), 0}, {id(7), 0}}));
    if (f.client(1).errors.empty()) {
      f.again(worker_b);
    }
  }
  const delivery asked{.from = actor(9, 9),
                       .what = delivery::kind::request,
                       .request_id = 1,
                       .body = message::of(crashes_query{})};
  f.out.clear();
  context cx{.now = f.now, .out = f.out, .from = &asked};
  dispatch(f.core, asked, cx);

  const auto& told = f.sent<crashes_report>();
  REQUIRE(told.quarantined.size() == 1);
  CHECK(told.quarantined[0].request == id(1));
  CHECK(told.quarantined[0].slots == std::vector<std::string>{"d", "d"});
}
