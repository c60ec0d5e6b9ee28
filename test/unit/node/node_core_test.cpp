// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/node_core.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/core_driver.hpp"

#include <doctest/doctest.h>

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
    return ++last_pid;
  }
  void stop(std::int64_t pid) override { stopped.push_back(pid); }
  void kill(std::int64_t pid) override { killed.push_back(pid); }

  bool fails = false;
  std::int64_t last_pid = 100;
  std::vector<std::string> started;
  std::vector<std::int64_t> stopped;
  std::vector<std::int64_t> killed;
};

const slot_config decode{.roles = "decode", .model = "m"};

struct fixture {
  fake_launcher launch;
  core_driver<node_core> node{node_config{}, ref_of(1).node, launch};

  fixture() {
    node.event([&](context& cx) { node->want("decode-1", decode, cx); });
  }
  void die(std::int64_t pid) {
    node.event(
        [&](context& cx) { node->on_exit(pid, {.how = "killed by signal 9", .signal = 9}, cx); });
  }
  order edit(std::uint64_t generation, bool run) {
    return {.epoch = 1,
            .node = ref_of(1).node.life,
            .slot = "decode-1",
            .expected_generation = generation,
            .run = run};
  }
};

} // namespace

TEST_CASE("what dies is started again at once") {
  fixture f;
  REQUIRE(f.launch.started.size() == 1);

  f.die(101);

  CHECK(f.launch.started.size() == 2);
}

TEST_CASE("what keeps dying is started again with a delay, and at once again later") {
  fixture f;
  for (std::int64_t pid = 101; pid < 105; ++pid) {
    f.die(pid);
  }
  CHECK(f.launch.started.size() == 5);

  f.die(105);
  CHECK(f.launch.started.size() == 5);
  f.node.advance(100ms);
  CHECK(f.launch.started.size() == 6);

  f.node.advance(61s);
  f.die(106);
  CHECK(f.launch.started.size() == 7);
}

TEST_CASE("a program that cannot be started is tried with growing delays, not in a loop") {
  fixture f;
  f.launch.fails = true;

  f.die(101);
  f.node.advance(1s);

  CHECK(f.launch.started.size() >= 3);
  CHECK(f.launch.started.size() <= 8);
}

TEST_CASE("an order of the expected generation stops a slot, which then stays stopped") {
  fixture f;

  f.node.ask(ref_of(2), f.edit(1, false));
  CHECK(f.launch.stopped.size() == 1);
  f.die(101);

  CHECK(f.launch.started.size() == 1);
  REQUIRE(f.node.sent<order_done>(ref_of(2)).size() == 1);
  CHECK(f.node.sent<order_done>(ref_of(2))[0]->generation == 2);
}

TEST_CASE("orders of an older generation, epoch or life are refused") {
  fixture f;
  f.node.ask(ref_of(2), f.edit(1, true));

  f.node.ask(ref_of(2), f.edit(1, false));
  auto old_epoch = f.edit(2, false);
  old_epoch.epoch = 0;
  f.node.ask(ref_of(2), old_epoch);
  auto old_life = f.edit(2, false);
  old_life.node = {5};
  f.node.ask(ref_of(2), old_life);

  const auto refusals = f.node.sent<order_refused>(ref_of(2));
  REQUIRE(refusals.size() == 3);
  CHECK(refusals[0]->current == 2);
  CHECK(refusals[1]->why.code == errors::stale_epoch);
  CHECK(refusals[2]->why.code == errors::stale_epoch);
  CHECK(f.launch.stopped.empty());
}

TEST_CASE("of two leaders of one number the node obeys the greater one from then on") {
  fixture f;
  auto greater = f.edit(1, true);
  greater.epoch = 3;
  greater.leader = ref_of(9).node;
  auto lesser = f.edit(2, false);
  lesser.epoch = 3;
  lesser.leader = ref_of(8).node;
  f.node.ask(ref_of(2), greater);

  f.node.ask(ref_of(2), lesser);

  REQUIRE(f.node.sent<order_refused>(ref_of(2)).size() == 1);
  CHECK(f.node.sent<order_refused>(ref_of(2))[0]->why.code == errors::stale_epoch);
  CHECK(f.launch.stopped.empty());
}

TEST_CASE("an order of an impossible epoch is refused and shuts nobody out") {
  fixture f;
  auto forged = f.edit(1, false);
  forged.epoch = ~std::uint64_t{0};
  f.node.ask(ref_of(2), forged);
  f.node.ask(ref_of(2), f.edit(1, true));

  CHECK(f.node.sent<order_refused>(ref_of(2)).size() == 1);
  CHECK(f.node.sent<order_done>(ref_of(2)).size() == 1);
}

TEST_CASE("an order for a new slot spawns it by its config") {
  fixture f;

  f.node.ask(ref_of(2), order{.epoch = 1,
                              .node = ref_of(1).node.life,
                              .slot = "prefill-9",
                              .run = true,
                              .want = {.roles = "prefill", .model = "m"}});

  CHECK(f.launch.started.back() == "prefill-9");
}

TEST_CASE("a slot that shall run something else ends its process and begins anew as that") {
  for (const slot_config& want : {slot_config{.roles = "decode,gateway", .model = "m"},
                                  slot_config{.roles = "decode", .model = "other"},
                                  slot_config{.roles = "decode", .model = "m", .http_port = 8001},
                                  slot_config{.roles = "decode", .model = "m", .extra = {"--x"}}}) {
    fixture f;
    auto edit = f.edit(1, true);
    edit.want = want;
    f.node.ask(ref_of(2), edit);
    CHECK(f.launch.stopped == std::vector<std::int64_t>{101});
    f.die(101);
    CHECK(f.launch.started.size() == 2);
  }
  fixture f;
  auto edit = f.edit(1, true);
  edit.want = decode;
  edit.want.group = "pair";
  f.node.ask(ref_of(2), edit);
  CHECK(f.launch.stopped.empty());
}

TEST_CASE("stopping the node stops every slot and starts nothing again") {
  fixture f;

  f.node.event([&](context& cx) { f.node->stop_all(cx); });
  CHECK_FALSE(f.node->all_stopped());
  f.die(101);

  CHECK(f.node->all_stopped());
  CHECK(f.launch.started.size() == 1);
}

TEST_CASE("a restart ends the process in good order, a kill at once; both come back") {
  fixture f;
  auto act = f.edit(1, true);
  act.act = slot_act::restart;
  f.node.ask(ref_of(2), act);
  CHECK(f.launch.stopped == std::vector<std::int64_t>{101});
  f.die(101);
  CHECK(f.launch.started.size() == 2);
  CHECK(f.node->stats().at("decode-1").restarts == 0);

  act = f.edit(2, true);
  act.act = slot_act::kill;
  f.node.ask(ref_of(2), act);
  CHECK(f.launch.killed == std::vector<std::int64_t>{102});
  f.die(102);
  CHECK(f.launch.started.size() == 3);
  CHECK(f.node->stats().at("decode-1").restarts == 1);
  CHECK(f.node.sent<order_done>(ref_of(2)).back()->generation == 3);
}

TEST_CASE("a process that does not run is neither restarted nor killed") {
  fixture f;
  f.node.ask(ref_of(2), f.edit(1, false));
  f.die(101);
  for (const auto what : {slot_act::restart, slot_act::kill}) {
    auto act = f.edit(2, true);
    act.act = what;
    f.node.ask(ref_of(2), act);
  }
  auto unknown = f.edit(0, true);
  unknown.slot = "nobody";
  unknown.act = slot_act::kill;
  f.node.ask(ref_of(2), unknown);
  CHECK(f.node.sent<order_refused>(ref_of(2)).size() == 3);
  CHECK(f.launch.started.size() == 1);
  CHECK(f.launch.killed.empty());
}

TEST_CASE("an operator's order is in the books with its outcome, a planner's own is not") {
  std::vector<std::string> books;
  fake_launcher launch;
  core_driver<node_core> node{node_config{.log =
                                              [&](const audit_entry& one) {
                                                books.push_back(one.who + "|" + one.what + "|"
                                                                + one.outcome);
                                              }},
                              ref_of(1).node, launch};
  order what{.node = ref_of(1).node.life,
             .slot = "x",
             .run = true,
             .want = {.roles = "decode"},
             .who = "ann"};
  node.ask(ref_of(2), what);
  node.ask(ref_of(2), what);
  what.who.clear();
  node.ask(ref_of(2), what);
  const std::string nobody = "0 of 0000000000000000-0000000000000000";
  CHECK(
      books
      == std::vector<std::string>{"ann|run slot x as decode|done, generation 1, epoch " + nobody,
                                  "ann|run slot x as decode|refused: the slot has changed since"});
}

TEST_CASE("only so many are told of each change of a node's plan") {
  fixture f;
  for (std::uint64_t n = 10; n < 90; ++n) {
    f.node.deliver(ref_of(n), plan_query{});
  }
  CHECK(f.node.sent<plan_report>().size() == 80); // Who asks is answered.
  f.node.clear();
  f.die(101);
  CHECK(f.node.sent<plan_report>().size() == 64);
}

TEST_CASE("who asked for the plan before a slot was wanted hears of it") {
  fixture f;
  f.node.deliver(ref_of(10), plan_query{});
  f.node.clear();
  f.node.event([&](context& cx) { f.node->want("decode-2", decode, cx); });
  REQUIRE(f.node.sent<plan_report>().size() == 1);
  CHECK(f.node.sent<plan_report>()[0]->slots.size() == 2);
}
