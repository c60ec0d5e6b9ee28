// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

struct disturb_rig {
  disturb_rig()
      : core(admin_ports{
            .disturb = [this](const node_ref& peer, const disturbance& how) -> result<void> {
              CHECK(peer == ref_of(3).node);
              done.push_back(how);
              return {};
            },
            .crash = [this] { ++crashes; },
            .audit =
                [this](const audit_entry& entry) {
                  log.push_back(entry);
                }}) {}

  void disturb(std::uint32_t delay_us, std::uint32_t lost, std::uint32_t for_ms) {
    core.ask(shell, disturb_link{.peer = ref_of(3).node,
                                 .delay_us = delay_us,
                                 .lost_per_million = lost,
                                 .for_ms = for_ms,
                                 .who = "ann"});
  }

  std::vector<disturbance> done;
  int crashes = 0;
  std::vector<audit_entry> log;
  actor_ref shell = ref_of(9);
  core_driver<admin_core> core;
};

} // namespace

TEST_CASE("a link is disturbed for a time, and the log says by whom") {
  disturb_rig rig;
  rig.disturb(50'000, 10'000, 2000);
  CHECK(rig.core.sent<link_disturbed>(rig.shell).size() == 1);
  REQUIRE(rig.done.size() == 1);
  CHECK(rig.done[0].delay == 50ms);
  CHECK(rig.done[0].lost_per_million == 10'000);
  CHECK(rig.done[0].until == rig.core.now() + 2s);
  REQUIRE(rig.log.size() == 1);
  CHECK(rig.log[0].who == "ann");
  CHECK(rig.log[0].outcome == "done");
}

TEST_CASE("a disturbance without an end, or beyond its bounds, is refused") {
  disturb_rig rig;
  for (const auto& [delay_us, lost, for_ms, field] :
       {std::tuple{1U, 0U, 0U, "for_ms"},
        {1U, 0U, limits::trace_ms_max + 1, "for_ms"},
        {limits::disturb_delay_us_max + 1, 0U, 1000U, "delay_us"},
        {0U, 1'000'001U, 1000U, "lost_per_million"}}) {
    rig.disturb(delay_us, lost, for_ms);
    CHECK(rig.core.sends().back().why.code == errc::invalid_value);
    CHECK(rig.core.sends().back().why.field == field);
  }
  CHECK(rig.done.empty());
  CHECK(rig.log.size() == 4);
}

TEST_CASE("a crash comes when its answer has left") {
  disturb_rig rig;
  rig.core.ask(rig.shell, crash_process{.who = "ann"});
  CHECK(rig.core.sent<crash_begun>(rig.shell).size() == 1);
  CHECK(rig.crashes == 0);
  CHECK(rig.log.at(0).what == "crash this process");
  rig.core.advance(100ms);
  CHECK(rig.crashes == 1);
  CHECK_FALSE(rig.core->next_wake());
}

TEST_CASE("a process without these ports says so") {
  core_driver<admin_core> core;
  core.ask(ref_of(9), crash_process{});
  CHECK(core.sends().back().why.code == errc::unsupported);
  core.ask(ref_of(9), disturb_link{.delay_us = 1, .for_ms = 1});
  CHECK(core.sends().back().why.code == errc::unsupported);
}
