// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/membership_core.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace troupe;
using namespace troupe::test;

namespace {

class fake_port final : public membership_port {
public:
  void connect_seeds(bool /*alone*/) override { ++connects; }
  void connect_directory(const member& who) override { wanted.insert(who.node); }
  void forget_directory(const member& who) override { wanted.erase(who.node); }
  void learn(const member& who) override { learned.push_back(who.node); }
  void unlearn(const member& who) override { unlearned.push_back(who.node); }

  int connects = 0;
  std::vector<node_ref> learned;
  std::vector<node_ref> unlearned;
  std::set<node_ref> wanted; ///< Directories.
};

member someone(std::uint64_t n) {
  return {.node = ref_of(n).node, .name = "n"};
}

struct fixture {
  fake_port port;
  core_driver<membership_core> agent{membership_config{}, someone(1), port};
  actor_ref directory = ref_of(5);

  void find_directory() {
    agent.event([&](context& cx) { agent->on_directory(directory, cx); });
  }
};

} // namespace

TEST_CASE("the agent connects until there is a directory, then joins and watches") {
  fixture f;
  f.agent.advance(100ms);
  CHECK(f.port.connects >= 2);

  f.find_directory();

  CHECK(f.agent.sent<join>(f.directory).size() == 1);
  CHECK(f.agent.sent<watch>(f.directory).size() == 1);
  CHECK(f.agent.watches(f.directory));
}

TEST_CASE("the agent renews three times a lease") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, joined{.epoch = 1, .lease_ms = 300});

  f.agent.advance(1s);

  CHECK(f.agent.sent<renew>(f.directory).size() >= 9);
}

TEST_CASE("listeners hear of members now and later") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, members{.epoch = 1, .full = true, .added = {someone(2)}});
  f.agent.advance(1s);
  f.agent.event([&](context& cx) { f.agent->add_listener(ref_of(8), cx); });
  REQUIRE(f.agent.sent<members>(ref_of(8)).size() == 1);
  CHECK(f.agent.sent<members>(ref_of(8))[0]->added.size() == 1);

  f.agent.deliver(f.directory, members{.epoch = 1, .removed = {ref_of(2).node}});

  CHECK(f.agent.sent<members>(ref_of(8)).back()->removed.at(0) == ref_of(2).node);
  CHECK(f.port.unlearned == std::vector{ref_of(2).node});
  CHECK(f.port.learned.size() == 1);
}

TEST_CASE("with the directory gone the agent keeps what it knows and connects again") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, members{.epoch = 3, .full = true, .added = {someone(2)}});

  f.agent.down(f.directory);
  f.agent.advance(60s);

  CHECK(f.agent->known().size() == 1);
  CHECK(f.port.connects >= 2);
  CHECK_FALSE(f.agent->is_joined());
}

TEST_CASE("the end of an earlier session, told late, does not end the link by the next one") {
  fixture f;
  const auto by = [&](std::uint64_t session) {
    auto out = f.directory;
    out.session = session;
    return out;
  };
  f.agent.event([&](context& cx) { f.agent->on_directory(by(8), cx); });
  f.agent.event([&](context& cx) { f.agent->on_directory(by(12), cx); });
  f.agent.deliver(by(12), joined{.epoch = 1, .lease_ms = 300});

  f.agent.down(by(8));
  CHECK(f.agent->is_joined());
  f.agent.advance(1s);
  CHECK(f.agent.sent<renew>(f.directory).size() >= 9);

  f.agent.down(by(12));
  CHECK(f.agent->is_alone());
}

TEST_CASE("an agent the directory does not know joins again with the epoch it has seen") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, joined{.epoch = 4, .lease_ms = 300, .leader = f.directory.node});
  f.agent.clear();

  f.agent.deliver(f.directory, rejoin{});

  REQUIRE(f.agent.sent<join>(f.directory).size() == 1);
  CHECK(f.agent.sent<join>(f.directory)[0]->epoch_seen == 4);
  CHECK(f.agent.sent<join>(f.directory)[0]->leader_seen == f.directory.node);
}

TEST_CASE("the agent joins and renews at every directory it finds") {
  fixture f;
  f.find_directory();
  f.agent.event([&](context& cx) { f.agent->on_directory(ref_of(6), cx); });
  f.agent.deliver(f.directory, joined{.epoch = 1, .lease_ms = 300});
  f.agent.deliver(ref_of(6), joined{.epoch = 1, .lease_ms = 300});
  f.agent.clear();

  f.agent.advance(150ms);

  CHECK(f.agent.sent<renew>(f.directory).size() == 1);
  CHECK(f.agent.sent<renew>(ref_of(6)).size() == 1);
}

TEST_CASE("the agent seeks directories that others name, until they are members no more") {
  fixture f;
  f.find_directory();
  auto other = someone(6);
  other.services = {{.role = service_role::directory, .actor = ref_of(6)}};

  f.agent.deliver(f.directory, members{.epoch = 1, .full = true, .added = {other}});
  CHECK(f.port.wanted.contains(other.node));
  f.agent.advance(1s);
  f.agent.deliver(f.directory, members{.epoch = 1, .full = true});

  CHECK(f.port.wanted.empty());
}

TEST_CASE("of two leaders of one number the greater one counts, and never a lower one again") {
  fixture f;
  f.find_directory();
  f.agent.event([&](context& cx) { f.agent->on_directory(ref_of(6), cx); });
  f.agent.deliver(ref_of(6), joined{.epoch = 4, .lease_ms = 300, .leader = ref_of(6).node});

  f.agent.deliver(f.directory, joined{.epoch = 4, .lease_ms = 300, .leader = ref_of(5).node});
  CHECK(f.agent->epoch() == leadership{4, ref_of(6).node});
  f.agent.deliver(f.directory, joined{.epoch = 5, .lease_ms = 300, .leader = ref_of(5).node});
  CHECK(f.agent->epoch() == leadership{5, ref_of(5).node});
}

TEST_CASE("listeners hear of a new epoch at once") {
  fixture f;
  f.find_directory();
  f.agent.event([&](context& cx) { f.agent->add_listener(ref_of(8), cx); });

  f.agent.deliver(f.directory, joined{.epoch = 4, .lease_ms = 300, .leader = ref_of(5).node});

  CHECK(f.agent.sent<members>(ref_of(8)).back()->epoch == 4);
  CHECK(f.agent.sent<members>(ref_of(8)).back()->leader == ref_of(5).node);
}

TEST_CASE("the agent says that it holds the leader's lease only while the leader grants it") {
  fixture f;
  f.find_directory();
  f.agent.event([&](context& cx) { f.agent->on_directory(ref_of(6), cx); });
  f.agent.deliver(f.directory, joined{.epoch = 4, .lease_ms = 300, .leader = ref_of(5).node});
  f.agent.deliver(ref_of(6), joined{.epoch = 4, .lease_ms = 300, .leader = ref_of(5).node});
  f.agent.advance(100ms);
  CHECK(f.agent.sent<renew>(ref_of(6)).back()->holds_lease);

  f.agent.advance(400ms); // The leader answers no renewal.

  CHECK_FALSE(f.agent.sent<renew>(ref_of(6)).back()->holds_lease);
}

TEST_CASE("what is no directory is not believed") {
  fixture f;

  f.agent.deliver(ref_of(7), members{.epoch = 9, .full = true, .added = {someone(2)}});
  f.agent.deliver(ref_of(7), joined{.epoch = 9, .lease_ms = 1});

  CHECK(f.agent->known().empty());
  CHECK(f.agent->epoch().number == 0);
}
