// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const actor_ref agent_ref = actor(6, 3);
const actor_ref gateway_b = actor(7, 1);
const actor_ref gateway_c = actor(8, 1);

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

  void know_gateways(const std::vector<actor_ref>& all) {
    members known{.epoch = 1, .version = 3};
    for (const auto& one : all) {
      known.added.push_back(
          {.node = one.node, .services = {{.role = service_role::gateway, .actor = one}}});
    }
    say(actor(9, 1), known);
  }

  /// Two workers die of the client's request, one after the other.
  void condemn(std::uint64_t client) {
    for (int deaths = 0; deaths < 2; ++deaths) {
      const auto life = actor(100 + ++lives, 1);
      say(agent_ref, death(life, {{id(client), 0}}));
    }
  }

  /// What it asked another gateway to hear since the last event; its number.
  std::uint64_t told_to(const actor_ref& who) {
    for (const auto& send : out.sends()) {
      if (send.to == who && send.body.as<quarantine_told>() != nullptr) {
        return send.request_id;
      }
    }
    return 0;
  }

  void respond(std::uint64_t request, error why) {
    const delivery answer{.from = gateway_b,
                          .what = delivery::kind::response,
                          .request_id = request,
                          .body =
                              why.code == errc::none ? message::of(quarantine_known{}) : message{},
                          .why = std::move(why)};
    call([&](gateway_core& c, context& cx) { c.on_response(request, answer, cx); });
  }

  /// As a request of that gateway; whether it answered that it heard.
  bool hears(const actor_ref& from, quarantine_told what) {
    const delivery asked{.from = from,
                         .what = delivery::kind::request,
                         .request_id = 1,
                         .body = message::of(std::move(what))};
    out.clear();
    context cx{.now = now, .out = out, .from = &asked};
    dispatch(core, asked, cx);
    core.check_invariants();
    return !out.sent<quarantine_known>(from).empty();
  }

  std::uint64_t lives = 0;

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
  other->prompts = {as_tokens("good")};
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

TEST_CASE("another gateway refuses at its door what this one condemned") {
  fixture here;
  fixture there;
  here.know_gateways({gateway_b});
  there.know_gateways({gateway_c}); // As which it knows the first.
  here.running(1, worker_a);
  here.condemn(1);
  REQUIRE(here.told_to(gateway_b) != 0);

  CHECK(there.hears(gateway_c, here.sent<quarantine_told>()));
  there.submit(5, there.request());

  REQUIRE(there.client(5).errors.size() == 1);
  CHECK(there.client(5).errors[0].code == errors::request_quarantined);
  CHECK(there.core.stats().condemned_elsewhere == 1);
  auto other = there.request();
  other->prompts = {as_tokens("good")};
  there.submit(6, other);
  CHECK(there.client(6).errors.empty());
}

TEST_CASE("what a gateway heard it tells nobody") {
  fixture f;
  f.know_gateways({gateway_b});
  f.hears(gateway_b, {{{.fingerprint = {1, 2}, .what = {.slots = {"a", "b"}}}}});
  CHECK(f.core.stats().condemned_elsewhere == 1);

  f.know_gateways({gateway_b, gateway_c});
  CHECK(f.out.sent<quarantine_told>().empty());
  f.advance(1min);
  CHECK(f.out.sent<quarantine_told>().empty());
}

TEST_CASE("a gateway that appears is told what is in force, once") {
  fixture f;
  f.running(1, worker_a);
  f.condemn(1);
  CHECK(f.out.sent<quarantine_told>().empty());

  f.advance(9min);
  f.know_gateways({gateway_b});
  REQUIRE(f.told_to(gateway_b) != 0);
  CHECK(f.sent<quarantine_told>().condemned.at(0).what.age_ms >= 9 * 60'000);
  f.respond(f.told_to(gateway_b), {});
  f.know_gateways({gateway_b});
  CHECK(f.out.sent<quarantine_told>().empty());

  f.advance(1min);
  f.know_gateways({gateway_c});
  CHECK(f.out.sent<quarantine_told>().empty());
}

TEST_CASE("a gateway that did not answer is told again, an old one is not") {
  fixture f;
  f.know_gateways({gateway_b});
  f.running(1, worker_a);
  f.condemn(1);
  const auto first = f.told_to(gateway_b);
  f.respond(first, {.code = errc::peer_gone});
  CHECK(f.out.sent<quarantine_told>().empty());

  f.advance(200ms);
  const auto second = f.told_to(gateway_b);
  REQUIRE(second > first);
  f.respond(second, {.code = errc::unknown_type});
  f.advance(1min);

  CHECK(f.out.sent<quarantine_told>().empty());
}

TEST_CASE("only gateways that the directory names are believed") {
  fixture f;
  f.know_gateways({gateway_b});
  const quarantine_told word{{{.fingerprint = fingerprint_of(*f.request()),
                               .what = {.request = id(9), .slots = {"a", "b"}}}}};

  CHECK_FALSE(f.hears(agent_ref, word));
  CHECK_FALSE(f.hears(gateway_c, word));
  f.submit(1, f.request());
  CHECK(f.client(1).errors.empty());
  CHECK(f.hears(gateway_b, word));
  f.submit(2, f.request());
  CHECK(f.client(2).errors.size() == 1);
}

TEST_CASE("what another gateway says ends no request that is in service") {
  fixture f;
  f.know_gateways({gateway_b});
  f.running(1, worker_a);

  f.hears(gateway_b, {{{.fingerprint = fingerprint_of(*f.request()),
                        .what = {.request = id(9), .slots = {"a", "b"}}}}});

  CHECK(f.client(1).errors.empty());
}
