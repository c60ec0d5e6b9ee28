// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <optional>

using namespace troupe;
using namespace troupe::test;

namespace {

struct profile_rig {
  profile_rig()
      : core(admin_ports{
            .mailbox = [](std::uint64_t actor) -> std::optional<mailbox_report> {
              return actor == 7 ? std::optional(mailbox_report{.waiting = 3}) : std::nullopt;
            },
            .profile = [this](std::uint64_t actor) -> std::function<profile_report(time_point)> {
              if (actor != 7) {
                return {};
              }
              return [held = running](time_point) {
                return profile_report{.kinds = {{.kind = "tokens", .count = 2}}};
              };
            }}) {}

  void start(std::uint32_t for_ms = 1000, std::uint64_t actor = 7) {
    core.ask(shell, profile_query{.actor = actor, .for_ms = for_ms});
  }
  [[nodiscard]] errc code() const { return core.sends().back().why.code; }

  std::shared_ptr<int> running = std::make_shared<int>(0);
  actor_ref shell = ref_of(9);
  core_driver<admin_core> core;
};

} // namespace

TEST_CASE("a mailbox is told of whoever is here") {
  profile_rig rig;
  rig.core.ask(rig.shell, mailbox_query{.actor = 7});
  CHECK(rig.core.sent<mailbox_report>(rig.shell).at(0)->waiting == 3);
  rig.core.ask(rig.shell, mailbox_query{.actor = 8});
  CHECK(rig.code() == errc::not_found);
}

TEST_CASE("a profile is answered when its time is over, and ends then") {
  profile_rig rig;
  rig.start();
  CHECK(rig.core.watches(rig.shell));
  CHECK(rig.running.use_count() == 2);
  rig.core.advance(999ms);
  CHECK(rig.core.sends().empty());
  rig.core.advance(1ms);
  REQUIRE(rig.core.sent<profile_report>(rig.shell).size() == 1);
  CHECK(rig.core.sent<profile_report>(rig.shell)[0]->kinds.at(0).kind == "tokens");
  CHECK(rig.running.use_count() == 1);
  CHECK_FALSE(rig.core.watches(rig.shell));
  CHECK_FALSE(rig.core->next_wake());
}

TEST_CASE("a profile ends with who asked for it") {
  profile_rig rig;
  rig.start();
  rig.core.down(rig.shell);
  CHECK(rig.running.use_count() == 1);
  CHECK_FALSE(rig.core->next_wake());
}

TEST_CASE("a profile without an end, of nobody, or one too many is refused") {
  profile_rig rig;
  rig.start(0);
  CHECK(rig.code() == errc::invalid_value);
  rig.start(limits::trace_ms_max + 1);
  CHECK(rig.code() == errc::invalid_value);
  rig.start(1000, 8);
  CHECK(rig.code() == errc::not_found);
  const auto before = rig.core.sends().size();
  for (int i = 0; i < 16; ++i) {
    rig.start();
  }
  CHECK(rig.core.sends().size() == before);
  rig.start();
  CHECK(rig.code() == errc::overloaded);
}
