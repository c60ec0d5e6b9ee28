// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/membership/membership_core.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

class fake_port final : public membership_port {
public:
  void connect_directory() override { ++connects; }
  void learn(const member& who) override { learned.push_back(who.node); }

  int connects = 0;
  std::vector<node_ref> learned;
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
  f.agent.event([&](context& cx) { f.agent->add_listener(ref_of(8), cx); });
  REQUIRE(f.agent.sent<members>(ref_of(8)).size() == 1);
  CHECK(f.agent.sent<members>(ref_of(8))[0]->added.size() == 1);

  f.agent.deliver(f.directory, members{.epoch = 1, .removed = {ref_of(2).node}});

  CHECK(f.agent.sent<members>(ref_of(8)).back()->removed.at(0) == ref_of(2).node);
  CHECK(f.port.learned.size() == 1);
}

TEST_CASE("absence from a young directory removes nobody, from a leading one it does") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, members{.epoch = 3, .full = true, .added = {someone(2)}});

  f.agent.deliver(f.directory, members{.epoch = 0, .full = true});
  CHECK(f.agent->known().size() == 1);
  f.agent.deliver(f.directory, members{.epoch = 4, .full = true});
  CHECK(f.agent->known().empty());
}

TEST_CASE("with the directory gone the agent keeps what it knows and connects again") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, members{.epoch = 3, .full = true, .added = {someone(2)}});

  f.agent.down(f.directory);
  f.agent.advance(500ms);

  CHECK(f.agent->known().size() == 1);
  CHECK(f.port.connects >= 2);
  CHECK_FALSE(f.agent->is_joined());
}

TEST_CASE("an agent the directory does not know joins again with the epoch it has seen") {
  fixture f;
  f.find_directory();
  f.agent.deliver(f.directory, joined{.epoch = 4, .lease_ms = 300});
  f.agent.clear();

  f.agent.deliver(f.directory, rejoin{});

  REQUIRE(f.agent.sent<join>(f.directory).size() == 1);
  CHECK(f.agent.sent<join>(f.directory)[0]->epoch_seen == 4);
}
