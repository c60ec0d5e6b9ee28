// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/virtual_time.hpp"
#include "test/unit/bus/bus_node.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

using namespace troupe;
using namespace troupe::test;

namespace {

/// Nodes 1 to n, each linked to each. Those in `stuck` run no actors.
struct some_nodes {
  explicit some_nodes(std::uint64_t count, duration heartbeat = 40ms) {
    for (std::uint64_t id = 1; id <= count; ++id) {
      all.push_back(
          std::make_unique<node>(net, id, bus_options{.limits = {.heartbeat = heartbeat}}));
      all.back()->spawn();
      all.back()->links->watch_pool(all.back()->system);
      all.back()->links->subscribe(all.back()->last);
    }
    for (auto& each : all) {
      for (auto& other : all) {
        if (other != each) {
          each->links->connect(other->endpoint());
        }
      }
      run_for(10ms);
    }
    run_for(200ms);
  }

  void run_for(duration span) {
    const auto end = time.now() + span;
    time.at(end, [] {});
    run_actors();
    while (time.next() && *time.next() <= end) {
      time.step();
      run_actors();
    }
  }
  void run_actors() {
    for (std::uint64_t id = 1; id <= all.size(); ++id) {
      if (!stuck.contains(id)) {
        all[id - 1]->run();
      }
    }
  }
  [[nodiscard]] const heard& at(std::uint64_t id) const { return *all[id - 1]->ears; }
  [[nodiscard]] bool lost(std::uint64_t at_node, std::uint64_t whom) const {
    return std::ranges::any_of(
        at(at_node).losses, [&](const peer_down& what) { return what.node.node == node_id{whom}; });
  }

  virtual_time time;
  sim_network net{time, time, 7};
  std::vector<std::unique_ptr<node>> all;
  std::set<std::uint64_t> stuck;
};

} // namespace

TEST_CASE("a node that nobody hears is given up by all within 250 ms, and nobody else is") {
  some_nodes three(3);
  three.net.cut(node_id{1}, node_id{2});
  three.net.cut(node_id{3}, node_id{2});
  three.run_for(250ms);
  CHECK(three.lost(1, 2));
  CHECK(three.lost(3, 2));
  CHECK(!three.lost(1, 3));
  CHECK(!three.lost(3, 1));
}

TEST_CASE("a link that is bad leaves both alive while a third node hears them") {
  some_nodes three(3);
  three.net.cut(node_id{1}, node_id{2});
  three.run_for(1s);
  CHECK(!three.lost(1, 2));
  CHECK(!three.lost(2, 1));
  three.net.heal(node_id{1}, node_id{2});
  three.run_for(5s);
  CHECK(!three.lost(3, 1));
  CHECK(!three.lost(3, 2));
}

TEST_CASE("a node whose actors do not run is given up within 500 ms though its bus answers") {
  some_nodes three(3);
  three.stuck = {2};
  three.run_for(340ms);
  CHECK(!three.lost(1, 2));
  three.run_for(160ms);
  CHECK(three.lost(1, 2));
  CHECK(three.lost(3, 2));
}

TEST_CASE("with many peers pings are rarer, but never so rare that a peer is given up") {
  some_nodes many(70, 500ms);
  many.run_for(10s);
  for (std::uint64_t id = 1; id <= 70; ++id) {
    CHECK(many.at(id).losses.empty());
    CHECK(many.all[id - 1]->links->count().sessions == 69);
  }
}

TEST_CASE("nodes that run are never given up") {
  some_nodes four(4);
  four.run_for(60s);
  for (std::uint64_t id = 1; id <= 4; ++id) {
    CHECK(four.at(id).losses.empty());
  }
}
