// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/directory/directory_core.hpp"

#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const time_point t0 = time_point{} + 1h;

join joining(std::uint64_t n, std::uint64_t epoch_seen = 0) {
  return {.me = {.node = ref_of(n).node, .name = "n" + std::to_string(n)},
          .epoch_seen = epoch_seen};
}

struct fixture {
  core_driver<directory_core> directory{directory_config{.lease = 3s}, t0};
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

TEST_CASE("a new directory leads one lease later with an epoch above all it heard of") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1, 7));
  CHECK(f.directory.sent<joined>(ref_of(1)).at(0)->epoch == 0);

  f.directory.advance(3s);

  CHECK(f.directory->epoch() == 8);
  CHECK(f.directory.sent<members>(ref_of(9)).back()->epoch >= 8);
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

TEST_CASE("a member whose process is gone is removed at once") {
  fixture f;
  f.directory.deliver(ref_of(9), watch{});
  f.directory.deliver(ref_of(1), joining(1));
  CHECK(f.directory.watches(ref_of(1)));

  f.directory.down(ref_of(1));

  CHECK(f.directory.sent<members>(ref_of(9)).back()->removed.at(0) == ref_of(1).node);
}

TEST_CASE("a full directory refuses further members") {
  core_driver<directory_core> small{directory_config{.members_max = 1}, t0};
  small.deliver(ref_of(1), joining(1));

  small.ask(ref_of(2), joining(2));

  CHECK(small.sends().back().why.code == errc::overloaded);
}
