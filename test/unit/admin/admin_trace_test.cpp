// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

struct trace_rig {
  trace_rig()
      : core(admin_ports{.look = [] { return node_report{.node = "n1"}; },
                         .tap = [this](std::uint64_t actor,
                                       const trace_bounds& bounds) -> std::shared_ptr<trace_tap> {
                           if (actor != 7) {
                             return nullptr;
                           }
                           auto made = std::make_shared<trace_tap>(bounds);
                           tap = made;
                           return made;
                         },
                         .audit =
                             [this](const audit_entry& one) {
                               books.push_back(one.who + "|" + one.what + "|" + one.outcome);
                             }}) {}

  void start(std::uint32_t rate = 10, std::uint32_t for_ms = 1000, std::uint64_t actor = 7) {
    core.ask(shell, trace_start{.actor = actor, .rate_per_s = rate, .for_ms = for_ms});
  }
  void see(int count = 1) {
    for (int i = 0; i < count; ++i) {
      if (const auto open = tap.lock()) {
        open->take(core.now(), [] { return trace_line{.text = "seen"}; });
      }
    }
  }
  std::vector<const trace_events*> told() { return core.sent<trace_events>(shell); }

  std::weak_ptr<trace_tap> tap;
  std::vector<std::string> books;
  actor_ref shell = ref_of(9);
  core_driver<admin_core> core;
};

} // namespace

TEST_CASE("a trace is told in steps and ends by itself, with the tap let go") {
  trace_rig rig;
  rig.start();
  REQUIRE(rig.core.sent<trace_started>(rig.shell).size() == 1);
  CHECK(rig.core.watches(rig.shell));
  rig.see(2);
  rig.core.advance(100ms);
  REQUIRE(rig.told().size() == 1);
  CHECK(rig.told()[0]->lines.size() == 2);
  CHECK_FALSE(rig.told()[0]->last);
  rig.core.advance(300ms);
  CHECK(rig.told().size() == 1); // Nothing seen, nothing told.
  rig.see(30);
  rig.core.advance(1s);
  REQUIRE(rig.told().size() >= 2);
  CHECK(rig.told()[1]->lines.size() == 8);
  CHECK(rig.told().back()->last);
  CHECK(rig.told().back()->skipped == 22);
  CHECK(rig.tap.expired());
  CHECK_FALSE(rig.core.watches(rig.shell));
  CHECK_FALSE(rig.core->next_wake());
}

TEST_CASE("a trace ends when it is stopped by its owner only, or when its owner is gone") {
  trace_rig rig;
  rig.start();
  rig.core.deliver(ref_of(8), trace_stop{.trace = 1});
  CHECK_FALSE(rig.tap.expired());
  rig.core.deliver(rig.shell, trace_stop{.trace = 1});
  CHECK(rig.tap.expired());
  CHECK(rig.told().back()->last);

  rig.start();
  rig.core.down(rig.shell);
  CHECK(rig.tap.expired());
  CHECK_FALSE(rig.core->next_wake());
}

TEST_CASE("a trace without bounds, of nobody, or one too many is refused") {
  trace_rig rig;
  const auto code = [&] {
    return rig.core.sends().back().why.code;
  };
  rig.start(0);
  CHECK(code() == errc::invalid_value);
  rig.start(limits::trace_rate_max + 1);
  CHECK(code() == errc::invalid_value);
  rig.start(10, 0);
  CHECK(code() == errc::invalid_value);
  rig.start(10, limits::trace_ms_max + 1);
  CHECK(code() == errc::invalid_value);
  rig.start(10, 1000, 8);
  CHECK(code() == errc::not_found);
  for (int i = 0; i < 16; ++i) {
    rig.start();
  }
  CHECK(code() == errc::none);
  rig.start();
  CHECK(code() == errc::overloaded);
}

TEST_CASE("a node tells of itself, and an operator's note is in its books before it is answered") {
  trace_rig rig;
  rig.core.ask(rig.shell, node_query{});
  CHECK(rig.core.sent<node_report>(rig.shell)[0]->node == "n1");
  rig.core.ask(rig.shell, operator_note{.who = "ann", .what = "send x", .outcome = "sent"});
  CHECK(rig.books == std::vector<std::string>{"ann|send x|sent"});
  CHECK(rig.core.sent<operator_noted>(rig.shell).size() == 1);
}
