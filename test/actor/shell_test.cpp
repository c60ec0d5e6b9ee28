// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/core_shell.hpp"
#include "messages/admin.hpp"
#include "messages/plan.hpp"
#include "messages/registry.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/actor_system.hpp"
#include "runtime/bus/sim_network.hpp"
#include "runtime/codec/type_entry.hpp"

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <doctest/doctest.h>

#include <memory>
#include <optional>
#include <utility>
#include <vector>

using namespace troupe;

namespace {

/// Keeps what it is told; wakes when asked to.
class diary_core {
public:
  using handles = message_list<status_query>;

  void on(const status_query&, context& cx) { told.push_back(cx.sender()); }
  void on_response(std::uint64_t request, const delivery& answer, context&) {
    answers.emplace_back(request, answer.why);
  }
  void on_down(const actor_ref& who, const error&, context&) { downs.push_back(who); }
  void tick(context& cx) {
    ticks.push_back(cx.now);
    wake_at.reset();
  }
  [[nodiscard]] std::optional<time_point> next_wake() const { return wake_at; }
  void check_invariants() const { ++checks; }

  std::vector<actor_ref> told;
  std::vector<std::pair<std::uint64_t, error>> answers;
  std::vector<actor_ref> downs;
  std::vector<time_point> ticks;
  std::optional<time_point> wake_at;
  mutable int checks = 0;
};

class session_of_test final : public session_hold {
public:
  [[nodiscard]] bool alive() const override { return is_alive; }
  [[nodiscard]] std::uint64_t session() const override { return 0; }
  bool is_alive = true;
};

struct testing_config : caf::actor_system_config {
  testing_config() { configure_actors_for_testing(*this); }
};

struct shell_rig {
  testing_config config;
  caf::actor_system system{config};
  virtual_time time;
  sim_network network{time, time, 1};
  std::unique_ptr<bus> links =
      bus::start({.self = {.node = {1}, .life = {1}}}, make_table(registry{}),
                 network.attach({.node = {1}, .life = {1}}));
  world where{.time = time, .queue = time, .links = *links};
  std::shared_ptr<diary_core> core = std::make_shared<diary_core>();
  spawned<diary_core> actor =
      spawn_core<diary_core>(system, where, "diary", [this](const actor_ref&) { return core; });

  shell_rig() { run(); }
  ~shell_rig() {
    actor.end();
    run();
  }

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }

  void post(delivery what) {
    caf::anon_send(actor.mailbox, std::move(what));
    run();
  }
};

const actor_ref peer{.node = {.node = {2}, .life = {7}}, .actor = 9, .session = 3};

} // namespace

TEST_CASE("a message of a session that stands is handled, one of an ended session is not") {
  shell_rig rig;
  const auto session = std::make_shared<session_of_test>();
  const delivery what{.from = peer, .body = message::of(status_query{}), .hold = session};
  rig.post(what);
  session->is_alive = false;
  rig.post(what);

  CHECK(rig.core->told.size() == 1);
}

TEST_CASE("a response whose session ended before it was read is an error, not silence") {
  shell_rig rig;
  const auto session = std::make_shared<session_of_test>();
  session->is_alive = false;
  rig.post({.from = peer,
            .what = delivery::kind::response,
            .request_id = 5,
            .body = message::of(status_report{}),
            .hold = session});

  REQUIRE(rig.core->answers.size() == 1);
  CHECK(rig.core->answers[0].first == 5);
  CHECK(rig.core->answers[0].second.code == errc::peer_gone);
}

TEST_CASE("a core is woken once, at the time it asked for") {
  shell_rig rig;
  const auto due = rig.time.now() + 10ms;
  rig.actor.post([due](diary_core& core, context&) { core.wake_at = due; });
  rig.run();
  while (rig.time.step()) {
    rig.run();
  }

  REQUIRE(rig.core->ticks.size() == 1);
  CHECK(rig.core->ticks[0] == due);
}

TEST_CASE("invariants are checked after every event where the world says so") {
  shell_rig rig;
  CHECK(rig.core->checks == 0);
  rig.where.checked = true;
  const auto core = std::make_shared<diary_core>();
  const auto checked =
      spawn_core<diary_core>(rig.system, rig.where, "", [core](const actor_ref&) { return core; });
  checked.post([](diary_core&, context&) {});
  rig.run();
  CHECK(core->checks == 2);
  checked.end();
  rig.run();
}

TEST_CASE("a message type that the core does not handle is answered by an error") {
  shell_rig rig;
  rig.actor.post([self = rig.actor.ref](diary_core&, context& cx) {
    static_cast<void>(cx.out.request(self, drain{}, time_point::max()));
  });
  rig.run();

  REQUIRE(rig.core->answers.size() == 1);
  CHECK(rig.core->answers[0].second.code == errc::unsupported);
}
