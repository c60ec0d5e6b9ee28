// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/directory_core.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const time_point t0 = time_point{} + 1h;

const node_ref me = ref_of(50).node;

join joining(std::uint64_t n, leadership seen = {}) {
  return {.me = {.node = ref_of(n).node, .name = "n" + std::to_string(n)},
          .epoch_seen = seen.number,
          .leader_seen = seen.leader};
}

struct fixture {
  core_driver<directory_core> directory{directory_config{.self = me, .lease = 3s}, t0};
};

} // namespace

TEST_CASE("a watcher is told everybody at once and changes later") {
  fixture f;
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.deliver(ref_of(9), watch{});
  REQUIRE(f.directory.sent<members>(ref_of(9)).size() == 1);
  CHECK(f.directory.sent<members>(ref_of(9))[0]->full);
  CHECK(f.directory.sent<members>(ref_of(9))[0]->added.size() == 1);

  f.directory.deliver(ref_of(2), joining(2));

  const auto news = f.directory.sent<members>(ref_of(9));
  REQUIRE(news.size() == 2);
  CHECK_FALSE(news[1]->full);
  CHECK(news[1]->added.at(0).node == ref_of(2).node);
}

TEST_CASE("what watchers are told of a member outlives the session by which it joined") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  auto what = joining(1);
  what.me.services.push_back(
      {.role = service_role::worker, .actor = {ref_of(1).node, 5, /*session=*/77}});
  f.directory.deliver(ref_of(1), what);
  f.directory.deliver(ref_of(8), watch{});

  for (const auto watcher : {9, 8}) {
    const auto told = f.directory.sent<members>(ref_of(static_cast<std::uint64_t>(watcher)));
    const auto& services = told.back()->added.at(0).services;
    REQUIRE(services.size() == 1);
    CHECK(services[0].actor == actor_ref{ref_of(1).node, 5});
    CHECK(services[0].actor.session == 0);
  }
}

TEST_CASE("a directory that is young no more says whom it knows, whatever comes at that moment") {
  fixture f;
  const leadership standing{7, ref_of(60).node};
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1, standing));
  f.directory.advance(2500ms);
  const auto told = f.directory.sent<members>(ref_of(9)).size();

  f.directory.pass(500ms);
  f.directory.deliver(ref_of(1), renew{.node = ref_of(1).node,
                                       .epoch_seen = standing.number,
                                       .leader_seen = standing.leader,
                                       .holds_lease = true});
  f.directory.advance(10ms);

  const auto news = f.directory.sent<members>(ref_of(9));
  REQUIRE(news.size() == told + 1);
  CHECK(news.back()->full);
  CHECK(news.back()->epoch == 7);
}

TEST_CASE("a new directory leads one lease later with an epoch above all it heard of") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1, {7, ref_of(60).node}));
  CHECK(f.directory.sent<joined>(ref_of(1)).at(0)->epoch == 0);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->epoch == 0);

  f.directory.advance(2s);
  f.directory.deliver(ref_of(1), renew{.node = ref_of(1).node});
  f.directory.advance(1s);

  CHECK(f.directory->epoch() == leadership{8, me});
  CHECK(f.directory.sent<members>(ref_of(9)).back()->epoch == 8);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->leader == me);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->full);
}

TEST_CASE("a follower serves members and watchers under the leader's epoch") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  for (int s = 0; s < 5; ++s) {
    auto what = joining(1, {7, ref_of(60).node});
    what.holds_lease = true;
    f.directory.deliver(ref_of(1), what);
    f.directory.advance(1s);
  }

  CHECK_FALSE(f.directory->leads());
  CHECK(f.directory.sent<joined>(ref_of(1)).back()->epoch == 7);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->leader == ref_of(60).node);
}

TEST_CASE("every renewal is granted, so that members know that the directory lives") {
  fixture f;
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.clear();

  f.directory.deliver(ref_of(1), renew{.node = ref_of(1).node});

  CHECK(f.directory.sent<joined>(ref_of(1)).size() == 1);
}

TEST_CASE("a directory that slept gives every lease again") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.oversleep(60s);

  CHECK(f.directory.sent<members>(ref_of(9)).back()->removed.empty());
  f.directory.advance(3s);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->removed.size() == 1);
}

namespace {

struct fake_store final : directory_store {
  void post(const join& what) override { posted.push_back(what); }
  void withdraw(const node_ref& who) override { withdrawn.push_back(who); }

  std::vector<join> posted;
  std::vector<node_ref> withdrawn;
};

struct store_fixture {
  fake_store store;
  core_driver<directory_core> directory{
      directory_config{.self = me, .lease = 3s, .store = &store, .store_lease = 2s}, t0};

  /// The store answers twice a second.
  void observe(const std::vector<join>& records, duration length, bool in_time = true) {
    for (duration past{0}; past < length; past += 500ms) {
      directory.event([&](context& cx) { directory->observe(records, in_time, cx); });
      directory.advance(500ms);
    }
  }
};

} // namespace

TEST_CASE("members known from a store live as long as the store names them") {
  store_fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.observe({joining(1), joining(2)}, 10s);
  CHECK(f.directory->stats().members == 2);

  f.observe({joining(2)}, 1s);
  CHECK(f.directory->stats().members == 2);
  f.observe({joining(2)}, 2s);

  CHECK(f.directory->stats().members == 1);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->removed.at(0) == ref_of(1).node);
}

TEST_CASE("while the store is silent nobody is removed and nobody begins to lead") {
  store_fixture f;
  auto leading = joining(1, {7, ref_of(1).node});
  leading.holds_lease = true;
  f.observe({leading}, 2s);

  f.directory.advance(600s);
  CHECK(f.directory->stats().members == 1);
  CHECK_FALSE(f.directory->leads());
  f.observe({}, 1s); // It is back, and has lost everything.

  CHECK(f.directory->stats().members == 1);
}

TEST_CASE("what a store that is late lacks may be late too") {
  store_fixture f;
  f.observe({joining(1)}, 2s);

  f.observe({joining(2)}, 60s, false);

  CHECK(f.directory->stats().members == 2);
}

TEST_CASE("what members say goes to the store at each renewal, and away when they leave") {
  store_fixture f;
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.deliver(ref_of(1), renew{.node = ref_of(1).node,
                                       .epoch_seen = 7,
                                       .leader_seen = ref_of(60).node,
                                       .holds_lease = true});
  REQUIRE(f.store.posted.size() == 2);
  CHECK(f.store.posted[1].me.name == "n1");
  CHECK(f.store.posted[1].epoch_seen == 7);
  CHECK(f.store.posted[1].holds_lease);

  f.directory.deliver(ref_of(1), leave{.node = ref_of(1).node});

  CHECK(f.store.withdrawn.size() == 1);
}

TEST_CASE("a record cannot replace a member that has a link here") {
  store_fixture f;
  f.directory.deliver(ref_of(1), joining(1));
  auto forged = joining(1);
  forged.me.node.life = {77};
  forged.me.name = "forged";

  f.observe({forged}, 500ms);

  CHECK(f.directory->stats().members == 1);
  f.directory.deliver(ref_of(9), watch{});
  CHECK(f.directory.sent<members>(ref_of(9)).back()->added.at(0).name == "n1");
}

TEST_CASE("the epochs in a store's records are heard like any other") {
  store_fixture f;
  auto leading = joining(1, {7, ref_of(1).node});
  leading.holds_lease = true;
  f.observe({leading}, 20s);
  CHECK(f.directory->epoch() == leadership{7, ref_of(1).node});
  CHECK_FALSE(f.directory->leads());

  f.observe({}, 8s);

  CHECK(f.directory->epoch() == leadership{8, me});
}

TEST_CASE("a silent node is removed after its lease, a renewing one stays") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.deliver(ref_of(2), joining(2));
  f.directory.advance(2s);
  f.directory.deliver(ref_of(1), renew{.node = ref_of(1).node});

  f.directory.advance(2s);

  const auto news = f.directory.sent<members>(ref_of(9));
  REQUIRE_FALSE(news.back()->removed.empty());
  CHECK(news.back()->removed.at(0) == ref_of(2).node);
  f.directory.clear();
  f.directory.deliver(ref_of(2), renew{.node = ref_of(2).node});
  CHECK(f.directory.sent<rejoin>(ref_of(2)).size() == 1);
}

TEST_CASE("a process that came back replaces its former life") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  auto reborn = ref_of(1);
  reborn.node.life = {77};

  f.directory.deliver(reborn, join{.me = {.node = reborn.node}});

  const auto news = f.directory.sent<members>(ref_of(9)).back();
  CHECK(news->added.at(0).node == reborn.node);
  CHECK(news->removed.at(0) == ref_of(1).node);
}

TEST_CASE("a member whose link broke is removed unless it is back at once") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.deliver(ref_of(2), joining(2));
  CHECK(f.directory.watches(ref_of(1)));
  f.directory.clear();

  f.directory.down(ref_of(1));
  f.directory.down(ref_of(2));
  f.directory.deliver(ref_of(2), joining(2));
  f.directory.advance(1s);

  const auto news = f.directory.sent<members>(ref_of(9));
  REQUIRE(news.size() == 1);
  CHECK(news[0]->removed.at(0) == ref_of(1).node);
  CHECK(f.directory.watches(ref_of(2)));
}

TEST_CASE("the end of an earlier session, told late, is nothing to who joined by the next one") {
  fixture f;
  const auto by = [](std::uint64_t session) {
    auto out = ref_of(1);
    out.session = session;
    return out;
  };
  f.directory.deliver(by(1), joining(1));
  f.directory.deliver(by(1), watch{});
  f.directory.deliver(by(2), joining(1));
  f.directory.deliver(by(2), watch{});

  f.directory.down(by(1));
  f.directory.advance(2s);
  f.directory.clear();
  f.directory.deliver(ref_of(2), joining(2));

  REQUIRE(f.directory.sends().size() == 2);
  CHECK(f.directory.sent<members>(by(2)).size() == 1);
  CHECK(f.directory.sends()[0].to.session == 2);
  f.directory.down(by(2));
  f.directory.advance(1s);
  CHECK(f.directory->stats().watchers == 0);
  CHECK(f.directory->stats().members == 1);
}

TEST_CASE("only a member itself may say that it leaves") {
  fixture f;
  f.directory.deliver(ref_of(1), joining(1));

  f.directory.deliver(ref_of(2), leave{.node = ref_of(1).node});
  CHECK(f.directory->stats().members == 1);
  f.directory.deliver(ref_of(1), leave{.node = ref_of(1).node});

  CHECK(f.directory->stats().members == 0);
}

TEST_CASE("a full directory refuses further members") {
  core_driver<directory_core> small{directory_config{.members_max = 1}, t0};
  small.deliver(ref_of(1), joining(1));

  small.ask(ref_of(2), joining(2));

  CHECK(small.sends().back().why.code == errc::overloaded);
}

TEST_CASE("nobody joins, renews or leaves in another's name, nor offers another's actors") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  f.directory.deliver(ref_of(3), joining(2));
  auto foreign = joining(3);
  foreign.me.services = {{.role = service_role::worker, .actor = ref_of(1)}};
  f.directory.deliver(ref_of(3), foreign);
  f.directory.deliver(ref_of(3), leave{.node = ref_of(1).node});
  f.directory.deliver(ref_of(7), watch{});
  const auto first = f.directory.sent<members>(ref_of(7));
  REQUIRE(first.size() == 1);
  REQUIRE(first[0]->added.size() == 1);
  CHECK(first[0]->added[0].node == ref_of(1).node);

  f.directory.advance(2s);
  f.directory.deliver(ref_of(3), renew{.node = ref_of(1).node});
  f.directory.advance(1500ms);
  f.directory.deliver(ref_of(8), watch{});
  CHECK(f.directory.sent<members>(ref_of(8)).at(0)->added.empty());
}
