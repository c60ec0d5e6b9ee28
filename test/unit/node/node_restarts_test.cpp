// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/node_core.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace troupe;
using namespace troupe::test;

namespace {

class fake_launcher final : public launcher {
public:
  result<std::int64_t> start(const std::string& slot, const slot_config&) override {
    started.push_back(slot);
    if (fails) {
      return error{.code = errc::io_failed, .text = "no such program"};
    }
    pids[slot] = ++last_pid;
    return last_pid;
  }
  void stop(std::int64_t pid) override { stopped.push_back(pid); }
  void kill(std::int64_t) override {}

  bool fails = false;
  std::int64_t last_pid = 100;
  std::map<std::string, std::int64_t> pids;
  std::vector<std::string> started;
  std::vector<std::int64_t> stopped;
};

const process_end fault{.how = "killed by signal 11", .signal = SIGSEGV};

/// Slots a, b, c of one group.
struct fixture {
  fake_launcher launch;
  core_driver<node_core> node;

  explicit fixture(supervision how)
      : node(node_config{.groups = {{"all", how}}}, ref_of(1).node, launch) {
    for (const auto* name : {"a", "b", "c"}) {
      want(name, {.roles = "decode", .group = "all"});
    }
    launch.started.clear();
  }

  void want(const std::string& name, const slot_config& what) {
    node.event([&](context& cx) { node->want(name, what, cx); });
  }
  void die(const std::string& slot, const process_end& how = fault) {
    const auto pid = launch.pids.at(slot);
    node.event([&](context& cx) { node->on_exit(pid, how, cx); });
  }
  void gateway_is(std::uint64_t n) {
    const auto who = ref_of(n);
    node.deliver(ref_of(9),
                 members{.added = {{.node = who.node,
                                    .services = {{.role = service_role::gateway, .actor = who}}}}});
  }
  order act(const std::string& slot, slot_act what) {
    return {.node = ref_of(1).node.life,
            .slot = slot,
            .expected_generation = 1,
            .run = true,
            .act = what};
  }
  std::string gave_up(const std::string& slot) {
    node.clear();
    node.deliver(ref_of(5), plan_query{});
    for (const auto& one : node.sent<plan_report>().back()->slots) {
      if (one.slot == slot) {
        return one.gave_up;
      }
    }
    return "no such slot";
  }
};

} // namespace

TEST_CASE("rest_for_one ends what was started later and begins anew in order when all have ended") {
  fixture f({.strategy = restart_strategy::rest_for_one});

  f.die("a");

  CHECK(f.launch.stopped == std::vector<std::int64_t>{f.launch.pids["c"], f.launch.pids["b"]});
  CHECK(f.launch.started.empty());
  f.node.advance(1s); // Nobody spins meanwhile.
  CHECK_FALSE(f.node->next_wake().has_value());

  f.die("c", {.how = "exit code 0"});
  CHECK(f.launch.started.empty());
  f.die("b", {.how = "exit code 0"});
  CHECK(f.launch.started == std::vector<std::string>{"a", "b", "c"});
}

TEST_CASE("rest_for_one leaves alone what was started before") {
  fixture f({.strategy = restart_strategy::rest_for_one});

  f.die("c");

  CHECK(f.launch.stopped.empty());
  CHECK(f.launch.started == std::vector<std::string>{"c"});
}

TEST_CASE("a slot that dies too often stays down, its siblings go on, and everybody can see why") {
  fixture f({.intensity = 2});
  for (int i = 0; i < 3; ++i) {
    f.die("b");
  }

  f.node.advance(24h);
  CHECK(f.launch.started == std::vector<std::string>{"b", "b"});
  CHECK(f.launch.stopped.empty());
  CHECK(f.node->stats().at("b").gave_up);
  CHECK_FALSE(f.node->stats().at("a").gave_up);
  const auto why = f.gave_up("b");
  CHECK(why.find("died 3 times within 60 s") != std::string::npos);
  CHECK(why.find("killed by signal 11") != std::string::npos);
  CHECK(why.find("`restart b`") != std::string::npos);
  f.node.ask(ref_of(5), status_query{});
  CHECK(f.node.sent<status_report>().back()->facts.at(1).value.starts_with("gave up"));
}

TEST_CASE("an operator's restart begins anew after giving up") {
  fixture f({.intensity = 1});
  f.die("b");
  f.die("b");
  REQUIRE(f.gave_up("b") != "");
  f.launch.started.clear();

  f.node.ask(ref_of(2), f.act("b", slot_act::restart));

  CHECK(f.node.sent<order_done>().size() == 1);
  CHECK(f.launch.started == std::vector<std::string>{"b"});
  CHECK(f.gave_up("b").empty());
  f.die("b");
  CHECK(f.launch.started.size() == 2);
}

TEST_CASE("a program that can never be started is given up, not tried for ever") {
  fixture f({.intensity = 6});
  f.launch.fails = true;

  f.die("a");
  f.node.advance(24h);

  CHECK(f.launch.started.size() == 6);
  CHECK(f.gave_up("a").find("no such program") != std::string::npos);
}

TEST_CASE("an operator's kill is nobody's fault: the slot comes back at once however often") {
  fixture f({.intensity = 1});
  for (std::uint64_t i = 1; i < 9; ++i) {
    auto kill = f.act("a", slot_act::kill);
    kill.expected_generation = i;
    f.node.ask(ref_of(2), kill);
    f.die("a", {.how = "killed by signal 9", .signal = SIGKILL});
  }

  CHECK(f.launch.started.size() == 8);
  CHECK(f.gave_up("a").empty());
}

TEST_CASE("a death is told to every gateway at once, with what the process was computing") {
  fixture f({});
  f.gateway_is(7);
  f.gateway_is(8);
  auto how = fault;
  how.life = ref_of(30).node;
  how.dying = {{.request = request_id{{1, 2}}, .index = 5}};
  how.log = {"last words"};

  f.die("b", how);

  REQUIRE(f.node.sent<crash_told>(ref_of(7)).size() == 1);
  CHECK(f.node.sent<crash_told>(ref_of(8)).size() == 1);
  const auto& told = f.node.sent<crash_told>(ref_of(7))[0]->what;
  CHECK(told.slot == "b");
  CHECK(told.life == ref_of(30).node);
  CHECK(told.proves);
  CHECK(told.dying.at(0).index == 5);
  CHECK(told.log.empty());
}

TEST_CASE("operators are told of deaths with the requests that gateways say it held") {
  fixture f({});
  f.gateway_is(7);
  f.node.advance(3s);
  f.die("b");

  f.node.deliver(ref_of(7), crash_held{.no = 1, .requests = {request_id{{4, 4}}}});
  f.node.deliver(ref_of(8), crash_held{.no = 1, .requests = {request_id{{5, 5}}}}); // A stranger.
  f.node.ask(ref_of(5), crashes_query{});

  REQUIRE(f.node.sent<crashes_report>().size() == 1);
  const auto& one = f.node.sent<crashes_report>()[0]->crashes.at(0);
  CHECK(one.held == std::vector<request_id>{request_id{{4, 4}}});
  CHECK(one.uptime_ms == 3000);
  CHECK(one.before == 0);
}

TEST_CASE("an end that was ordered is no death") {
  fixture f({});
  f.node.ask(ref_of(2), f.act("a", slot_act::restart));

  f.die("a", {.how = "exit code 0"});

  f.node.ask(ref_of(5), crashes_query{});
  CHECK(f.node.sent<crashes_report>()[0]->crashes.empty());
  CHECK(f.launch.started == std::vector<std::string>{"a"});
}
