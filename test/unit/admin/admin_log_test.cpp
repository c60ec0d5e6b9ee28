// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <map>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

struct log_rig {
  log_rig()
      : core(admin_ports{.log_lines =
                             [](const log_query& what) {
                               return log_report{.last = 9, .lines = {{what.after + 1, "a line"}}};
                             },
                         .set_log_level = [this](std::uint64_t actor,
                                                 std::optional<log_detail> least) -> result<void> {
                           if (actor == 404) {
                             return error{.code = errc::not_found, .text = "no such actor"};
                           }
                           if (least) {
                             levels[actor] = *least;
                           } else {
                             levels.erase(actor);
                           }
                           return {};
                         },
                         .audit =
                             [this](const audit_entry& entry) {
                               books.push_back(entry);
                             }}) {}

  void level(std::uint64_t actor, log_detail least, std::uint32_t for_ms) {
    core.ask(shell, log_level{.actor = actor, .least = least, .for_ms = for_ms, .who = "ann"});
  }
  [[nodiscard]] errc refusal() const { return core.sends().back().why.code; }

  std::map<std::uint64_t, log_detail> levels;
  std::vector<audit_entry> books;
  actor_ref shell = ref_of(9);
  core_driver<admin_core> core;
};

} // namespace

TEST_CASE("the newest lines of the log are told") {
  log_rig rig;
  rig.core.ask(rig.shell, log_query{.after = 8});
  const auto told = rig.core.sent<log_report>(rig.shell);
  REQUIRE(told.size() == 1);
  CHECK(told[0]->last == 9);
  CHECK(told[0]->lines.front().no == 9);
}

TEST_CASE("a level ends by itself, and the log says who set it") {
  log_rig rig;
  rig.level(7, log_detail::debug, 2000);
  CHECK(rig.core.sent<log_level_set>(rig.shell).size() == 1);
  CHECK(rig.levels.at(7) == log_detail::debug);
  REQUIRE(rig.books.size() == 1);
  CHECK(rig.books[0].who == "ann");
  CHECK(rig.books[0].what == "log level of actor 7 debug for 2000 ms");

  rig.core.advance(1999ms);
  CHECK(rig.levels.size() == 1);
  rig.core.advance(1ms);
  CHECK(rig.levels.empty());
}

TEST_CASE("setting a level again replaces it, and 0 ms ends it") {
  log_rig rig;
  rig.level(0, log_detail::debug, 1000);
  rig.level(0, log_detail::trace, 3000);
  rig.core.advance(1000ms);
  CHECK(rig.levels.at(0) == log_detail::trace);
  rig.level(0, log_detail::info, 0);
  CHECK(rig.levels.empty());
  rig.core.advance(10s);
  CHECK(rig.levels.empty());
}

TEST_CASE("levels that last too long, of nobody, or one too many are refused") {
  log_rig rig;
  rig.level(1, log_detail::debug, limits::log_level_ms_max + 1);
  CHECK(rig.refusal() == errc::invalid_value);
  rig.level(404, log_detail::debug, 1000);
  CHECK(rig.refusal() == errc::not_found);
  for (std::uint64_t i = 1; i <= 16; ++i) {
    rig.level(i, log_detail::debug, 1000);
  }
  rig.level(17, log_detail::debug, 1000);
  CHECK(rig.refusal() == errc::overloaded);
  CHECK(rig.levels.size() == 16);
}

TEST_CASE("a process without a log says so") {
  core_driver<admin_core> core{admin_ports{}};
  core.ask(ref_of(9), log_query{});
  CHECK(core.sends().back().why.code == errc::unsupported);
  core.ask(ref_of(9), log_level{.for_ms = 1000});
  CHECK(core.sends().back().why.code == errc::unsupported);
}
