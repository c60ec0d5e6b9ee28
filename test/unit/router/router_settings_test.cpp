// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/router_core.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <limits>
#include <map>
#include <string>
#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

struct settings_rig {
  settings_rig()
      : router(router_config{.log =
                                 [this](const audit_entry& entry) {
                                   books.push_back(entry.who + "|" + entry.what + "|"
                                                   + entry.outcome);
                                 }},
               ref_of(1), 7) {}

  void set(std::string setting, double value) {
    router.ask(shell, router_set{.setting = std::move(setting), .value = value, .who = "ann"});
  }

  std::vector<std::string> books;
  actor_ref shell = ref_of(9);
  core_driver<router_core> router;
};

} // namespace

TEST_CASE("a setting holds from now on, is told with the others, and is in the books") {
  settings_rig rig;
  rig.set("near_equal_ms", 7.5);
  std::map<std::string, std::string> now;
  for (const auto& one : rig.router.sent<router_settings>(rig.shell).at(0)->settings) {
    now[one.key] = one.value;
  }
  CHECK(now.at("near_equal_ms") == "7.5");
  CHECK(now.at("admit_ttft_ms_max") == "60000");
  CHECK(rig.books == std::vector<std::string>{"ann|router set near_equal_ms=7.5|done; it was 2"});

  rig.router.ask(rig.shell, status_query{});
  const auto& facts = rig.router.sent<status_report>(rig.shell).at(0)->facts;
  CHECK(std::ranges::find(facts, std::string("7.5"), &fact::value) != facts.end());
}

TEST_CASE("an unknown setting or a value out of its range changes nothing and names the remedy") {
  settings_rig rig;
  rig.set("near_equal", 1);
  CHECK(rig.router.sends().back().why.field == "setting");
  CHECK(rig.router.sends().back().why.text.find("near_equal_ms") != std::string::npos);
  for (const double value : {-1.0, 1e12, std::numeric_limits<double>::quiet_NaN()}) {
    rig.set("near_equal_ms", value);
    CHECK(rig.router.sends().back().why.field == "value");
  }
  CHECK(rig.books.empty());
}
