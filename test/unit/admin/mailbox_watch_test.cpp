// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/mailbox_watch.hpp"

#include "messages/admin.hpp"

#include <doctest/doctest.h>

#include <cstdint>

using namespace troupe;

namespace {

constexpr event_kind question = status_query::type;

struct watch_rig {
  void arrive(int count = 1, event_kind what = question) {
    for (int i = 0; i < count; ++i) {
      watch.arrive(what, [this] {
        ++dated;
        return now;
      });
      now += 1ms;
    }
  }
  void handle(int count = 1, event_kind what = question) {
    for (int i = 0; i < count; ++i) {
      watch.take(what);
      watch.done();
    }
  }
  duration age() { return now - watch.oldest_since().value(); }

  mailbox_watch watch;
  time_point now = time_point{} + 1h;
  int dated = 0;
};

} // namespace

TEST_CASE("what waits is counted by kind, and looking takes nothing out") {
  watch_rig rig;
  CHECK_FALSE(rig.watch.oldest_since());
  rig.arrive(3);
  rig.arrive(2, event_kinds::posted);
  rig.handle();
  for (int i = 0; i < 2; ++i) {
    CHECK(rig.watch.waiting() == 4);
    CHECK(rig.watch.waiting(question) == 2);
    CHECK(rig.watch.taken(question) == 1);
    CHECK(rig.watch.waiting(event_kinds::posted) == 2);
  }
}

TEST_CASE("the oldest is at least as old as told, and at most sixteen arrivals younger") {
  watch_rig rig;
  rig.arrive(200); // One each millisecond.
  for (int handled = 1; handled < 200; ++handled) {
    rig.handle();
    const auto truly = std::chrono::milliseconds(200 - handled);
    CAPTURE(handled);
    CHECK(rig.age() >= truly);
    CHECK(rig.age() <= truly + 16ms);
  }
  rig.handle();
  CHECK_FALSE(rig.watch.oldest_since());
  CHECK(rig.dated <= 200 / 16 + 2);
}

TEST_CASE("after a rest what waits is dated by its own arrival, not by an older one") {
  watch_rig rig;
  rig.arrive();
  rig.handle();
  rig.now += 1h;
  rig.arrive();
  CHECK(rig.age() == 1ms);
}

TEST_CASE("a mailbox longer than the dates kept has a bound on its age all the same") {
  watch_rig rig;
  const auto begun = rig.now;
  const int many = static_cast<int>(mailbox_watch::samples * mailbox_watch::sampled_every) + 100;
  rig.arrive(many);
  rig.handle(8);
  CHECK(rig.watch.oldest_since().value() == begun);
  CHECK(rig.watch.waiting() == static_cast<std::uint64_t>(many - 8));
}

TEST_CASE("what is handled now is told by its kind") {
  watch_rig rig;
  rig.arrive();
  rig.watch.take(question);
  CHECK(rig.watch.current() == question);
  CHECK(rig.watch.waiting() == 0);
  rig.watch.done();
  CHECK(rig.watch.current() == event_kinds::none);
}
