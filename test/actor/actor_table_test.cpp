// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/actor_table.hpp"

#include "actors/shell/core_shell.hpp"
#include "messages/admin.hpp"
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

using namespace troupe;

namespace {

/// Answers each question by its name.
class echo_core {
public:
  using handles = message_list<status_query>;

  void on(const status_query&, context& cx) {
    cx.out.respond(*cx.from, status_report{.actor = "echo"});
  }
  void on_response(std::uint64_t, const delivery&, context&) {}
  void on_down(const actor_ref&, const error&, context&) {}
  void tick(context&) {}
  [[nodiscard]] std::optional<time_point> next_wake() const { return std::nullopt; }
  void check_invariants() const {}
};

struct testing_config : caf::actor_system_config {
  testing_config() { configure_actors_for_testing(*this); }
};

struct table_rig {
  testing_config config;
  caf::actor_system system{config};
  virtual_time time;
  sim_network network{time, time, 1};
  std::unique_ptr<bus> links =
      bus::start({.self = {.node = {1}, .life = {1}}}, make_table(registry{}),
                 network.attach({.node = {1}, .life = {1}}));
  actor_table table;
  world where{.time = time, .queue = time, .links = *links, .actors = &table};
  spawned<echo_core> echo = spawn_core<echo_core>(
      system, where, "echo", [](const actor_ref&) { return std::make_shared<echo_core>(); });

  table_rig() { run(); }
  ~table_rig() {
    echo.end();
    run();
  }

  void run() { dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler()).run(); }
  void pass(duration by) {
    bool is_over = false;
    time.at(time.now() + by, [&is_over] { is_over = true; });
    while (!is_over) {
      time.step();
    }
  }
  void ask(int times = 1) {
    for (int i = 0; i < times; ++i) {
      caf::anon_send(echo.mailbox,
                     delivery{.from = {.node = {.node = {2}, .life = {2}}, .actor = 5},
                              .what = delivery::kind::request,
                              .request_id = 7,
                              .body = message::of(status_query{})});
    }
  }
  actor_info info() {
    const auto all = table.list();
    REQUIRE(all.size() == 1);
    return all.front();
  }
};

} // namespace

TEST_CASE("an actor is listed with what waits for it and what it did, until it ends") {
  table_rig rig;
  const auto begun = rig.info();
  CHECK(begun.name == "echo");
  CHECK(begun.actor == rig.echo.ref.actor);
  CHECK(begun.mailbox == 0);
  rig.ask(3);
  CHECK(rig.info().mailbox == 3);
  rig.run();
  CHECK(rig.info().mailbox == 0);
  CHECK(rig.info().handled == begun.handled + 3);
  CHECK(rig.info().sent == begun.sent + 3);
  rig.echo.end();
  rig.run();
  CHECK(rig.table.list().empty());
}

TEST_CASE("a tap shows what an actor is told and tells, while somebody holds it") {
  table_rig rig;
  const auto meter = rig.table.find(rig.echo.ref.actor);
  REQUIRE(meter != nullptr);
  CHECK(rig.table.find(99) == nullptr);
  auto tap = std::make_shared<trace_tap>(
      trace_bounds{.begin = rig.time.now(), .end = rig.time.now() + 10s, .rate_per_s = 100});
  meter->traces.add(tap);
  rig.ask();
  rig.run();

  const auto seen = tap->pick_up().lines;
  REQUIRE(seen.size() == 2);
  CHECK(seen[0].way == trace_way::in);
  CHECK(seen[0].what == "request");
  CHECK(seen[0].text == "status_query{}");
  CHECK(seen[0].peer.actor == 5);
  CHECK(seen[1].way == trace_way::out);
  CHECK(seen[1].what == "response");
  CHECK(seen[1].text == "status_report{actor=\"echo\"}");

  tap.reset();
  rig.ask();
  rig.run();
  CHECK_FALSE(meter->traces.any());
}

TEST_CASE("a mailbox is told by kinds without anything being taken out") {
  table_rig rig;
  const auto meter = rig.table.find(rig.echo.ref.actor);
  REQUIRE(meter != nullptr);
  rig.ask(3);
  rig.echo.post([](echo_core&, context&) {});
  rig.pass(2s);
  const auto full = report_mailbox(*meter, rig.links->types(), rig.time.now());
  CHECK(full.waiting == 4);
  CHECK(full.oldest_us_max >= 2'000'000);
  CHECK(full.current.empty());
  REQUIRE(full.kinds.size() == 3);
  CHECK(full.kinds[0].kind == "status_query");
  CHECK(full.kinds[0].waiting == 3);
  CHECK(full.kinds[1].kind == "posted");
  CHECK(full.kinds[2].kind == "start");

  rig.run();
  const auto empty = report_mailbox(*meter, rig.links->types(), rig.time.now());
  CHECK(empty.waiting == 0);
  CHECK(empty.oldest_us_max == 0);
  CHECK(empty.kinds[0].handled == 3);
}

TEST_CASE("a profile counts what its actor handles, and costs nothing once it is let go") {
  table_rig rig;
  const auto meter = rig.table.find(rig.echo.ref.actor);
  REQUIRE(meter != nullptr);
  rig.ask();
  rig.run();
  auto tell = begin_profile(meter, rig.links->types(), rig.time.now());
  rig.ask(5);
  rig.echo.post([&rig](echo_core&, context&) { rig.pass(3ms); });
  rig.run();
  const auto seen = tell(rig.time.now());
  CHECK(seen.lasted_us == 3000);
  REQUIRE(seen.kinds.size() == 2);
  CHECK(seen.kinds[0].kind == "status_query");
  CHECK(seen.kinds[0].count == 5);
  CHECK(seen.kinds[0].timed == 5);
  CHECK(seen.kinds[1].kind == "posted");
  CHECK(seen.kinds[1].busy_ns == 3'000'000);
  CHECK(seen.kinds[1].max_ns == 3'000'000);

  tell = nullptr;
  rig.ask();
  rig.run();
  CHECK_FALSE(meter->profiles.any());
}
