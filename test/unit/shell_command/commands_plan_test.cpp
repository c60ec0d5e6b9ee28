// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/crash.hpp"
#include "messages/inspect.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"
#include "test/unit/shell_command/scripted_cluster.hpp"

#include <doctest/doctest.h>

#include <fstream>

using namespace troupe;
using namespace troupe::test;

namespace {

constexpr const char* as_it_is = "  - {name: decode-1, role: decode}\n";

/// A cluster whose agent does at once what it is ordered, and whose processes join at a pause.
struct applying {
  process::temporary_directory directory;
  std::string path = directory.file("demo.yaml");
  scripted_cluster cluster;
  std::size_t orders_seen = 0;
  bool joins = true;

  applying() {
    auto& view = cluster.known();
    view.nodes.at(ref_of(1).node).who.name = "demo-agent";
    view.plans["demo-agent"] = view.plans.at("host-agent");
    view.plans.erase("host-agent");
    cluster.may_write = true;
    cluster.on_pause = [this] {
      settle();
    };
  }

  /// Edits are asked for twice, the second time once the operator agreed; between them each
  /// process that would end is asked for its streams.
  void remember_nothing(int times, bool ends_process = false) {
    for (int i = 0; i < times; ++i) {
      cluster.answer_with(edits_report{});
      if (i == 0 && ends_process) {
        cluster.answer_with(status_report{.facts = {{"streams", "7"}}});
      }
    }
  }

  void settle() {
    const auto orders = cluster.asked_of<scale>();
    for (; orders_seen < orders.size() && joins; ++orders_seen) {
      const auto& one = *orders[orders_seen];
      auto& slots = cluster.known().plans.at("demo-agent").slots;
      auto slot = std::ranges::find(slots, one.slot, &slot_report::slot);
      if (slot == slots.end()) {
        slot = slots.insert(slots.end(), {.slot = one.slot, .want = one.want});
      }
      ++slot->generation;
      slot->phase = one.run ? slot_phase::running : slot_phase::stopped;
      slot->want = one.want.roles.empty() ? slot->want : one.want;
      std::erase_if(cluster.known().nodes,
                    [&](const auto& entry) { return entry.second.who.name == one.slot; });
      cluster.add(50 + orders_seen, one.slot, {{service_role::worker, 31}});
    }
  }

  result<shell::sheet> apply(const std::string& nodes, const std::string& flags = "") {
    std::ofstream(path) << "name: demo\nmodel: models/tiny\nnodes:\n" << nodes;
    return cluster.run("plan apply " + path + flags);
  }
};

} // namespace

TEST_CASE("a file that is as it is already asks and orders nothing, in any session") {
  applying a;
  a.cluster.may_write = false;
  a.remember_nothing(1);
  const auto got = a.apply(as_it_is);
  REQUIRE(got);
  CHECK(got->before.at(0).find("nothing is to do: 1 slot as in ") == 0);
  CHECK(a.cluster.plans.empty());
  CHECK(a.cluster.asked_of<scale>().empty());
}

TEST_CASE("a read-only session shows what a file would change") {
  applying a;
  a.cluster.may_write = false;
  a.remember_nothing(1);
  const auto got = a.apply("  - {name: decode-2, role: decode}\n");
  REQUIRE_FALSE(got);
  CHECK(got.err().text.find("refused: read-only session") == 0);
  CHECK(a.cluster.emitted
        == std::vector<std::string>{
            "add decode-2 on demo-agent: decode, model models/tiny",
            "decode-1 on demo-agent is not in the file and is left alone; --prune stops it"});
  CHECK(*a.cluster.objects[0].find("change")->as_string() == "add");
  CHECK(a.cluster.asked_of<scale>().empty());
}

TEST_CASE("a file is carried out in the operator's name: starts, then changes, then stops") {
  applying a;
  a.cluster.known()
      .plans.at("demo-agent")
      .slots.push_back({.slot = "old-1",
                        .generation = 3,
                        .phase = slot_phase::running,
                        .want = {.roles = "cache"}});
  a.remember_nothing(2, true);
  for (const char* slot : {"decode-2", "decode-1", "old-1"}) {
    a.cluster.answer_with(order_done{.slot = slot, .generation = 1});
  }
  const auto got = a.apply("  - {name: decode-1, role: decode, flags: [\"--threads\", \"1\"]}\n"
                           "  - {name: decode-2, role: decode}\n",
                           " --prune");
  REQUIRE(got);
  REQUIRE(a.cluster.plans.size() == 1);
  CHECK(a.cluster.plans[0]
        == "3 changes of what agents keep running\n"
           "  add decode-2 on demo-agent: decode, model models/tiny\n"
           "  change decode-1 on demo-agent: flags none -> --threads 1; its process ends in good "
           "order and begins anew; 7 streams there are placed again elsewhere\n"
           "  stop old-1 on demo-agent: cache; its process ends in good order");
  const auto orders = a.cluster.asked_of<scale>();
  REQUIRE(orders.size() == 3);
  CHECK(orders[0]->slot == "decode-2");
  CHECK(orders[0]->node == "demo-agent");
  CHECK(orders[0]->run);
  CHECK(orders[0]->who == "ann@host");
  CHECK(orders[1]->slot == "decode-1");
  CHECK(orders[1]->want.extra == std::vector<std::string>{"--threads", "1"});
  CHECK(orders[2]->slot == "old-1");
  CHECK_FALSE(orders[2]->run);
  CHECK(a.cluster.emitted.size() == 3);
  CHECK(a.cluster.emitted[0].find("done: add decode-2") == 0);
  CHECK(got->before.at(0).find("3 changes done") == 0);

  a.settle();
  a.remember_nothing(1);
  const auto again = a.apply("  - {name: decode-1, role: decode, flags: [\"--threads\", \"1\"]}\n"
                             "  - {name: decode-2, role: decode}\n",
                             " --prune");
  REQUIRE(again);
  CHECK(again->before.at(0).find("nothing is to do") == 0);
  CHECK(a.cluster.asked_of<scale>().size() == 3);
}

TEST_CASE("a change that does not come up keeps the next ones from being begun") {
  applying a;
  auto& slots = a.cluster.known().plans.at("demo-agent").slots;
  slots.push_back(slots[0]);
  slots.back().slot = "decode-2";
  a.joins = false;
  a.remember_nothing(2, true);
  a.cluster.answer_with(order_done{.slot = "decode-1", .generation = 2});
  const auto got = a.apply("  - {name: decode-1, role: prefill}\n"
                           "  - {name: decode-2, role: prefill}\n",
                           " --timeout 5s");
  REQUIRE_FALSE(got);
  CHECK(got.err().code == errc::timeout);
  CHECK(got.err().text.find("0 of 2 changes done, then: ordered, but") == 0);
  CHECK(a.cluster.asked_of<scale>().size() == 1);
  CHECK(a.cluster.emitted.size() == 1);
}

TEST_CASE("Ctrl-C ends the waiting and what would come next") {
  applying a;
  a.joins = false;
  a.cluster.on_pause = [&] {
    a.cluster.ctrl_c = true;
  };
  a.remember_nothing(2, true);
  a.cluster.answer_with(order_done{.slot = "decode-2", .generation = 1});
  const auto got = a.apply("  - {name: decode-1, role: prefill}\n"
                           "  - {name: decode-2, role: decode}\n");
  REQUIRE_FALSE(got);
  CHECK(got.err().code == errc::cancelled);
  CHECK(got.err().text.find("0 of 2 changes done, then: ordered; not waited for") == 0);
  CHECK(a.cluster.asked_of<scale>().size() == 1);
}

TEST_CASE("a refused order is told of, with the rest of its step, and ends it there") {
  applying a;
  a.remember_nothing(2, true);
  a.cluster.answer_with(
      order_refused{.why = {.code = errc::overloaded, .text = "the node has no slot left"}});
  a.cluster.answer_with(order_done{.slot = "decode-3", .generation = 1});
  const auto got = a.apply("  - {name: decode-2, role: decode}\n"
                           "  - {name: decode-3, role: decode}\n",
                           " --prune");
  REQUIRE_FALSE(got);
  CHECK(got.err().text.find("1 of 3 changes done, then: the node has no slot left") == 0);
  REQUIRE(a.cluster.emitted.size() == 2);
  CHECK(a.cluster.emitted[0].find("failed: add decode-2") == 0);
  CHECK(a.cluster.emitted[1].find("done: add decode-3") == 0);
  CHECK(a.cluster.asked_of<scale>().size() == 2); // decode-1 is not stopped.
}

TEST_CASE("what changed while the operator was asked is shown again, not carried out") {
  applying a;
  a.remember_nothing(2, true);
  a.cluster.on_agree = [&] {
    a.cluster.known().plans.at("demo-agent").slots.clear();
  };
  const auto got = a.apply("  - {name: decode-1, role: prefill}\n");
  REQUIRE_FALSE(got);
  CHECK(got.err().text.find("nothing was done") == 0);
  CHECK(a.cluster.asked_of<scale>().empty());
}

TEST_CASE("without agreement a file is not carried out") {
  applying a;
  a.remember_nothing(1, true);
  a.cluster.agrees = false;
  CHECK(a.apply("  - {name: decode-1, role: prefill}\n").err().text == "not done");
  CHECK(a.cluster.asked_of<scale>().empty());
}

TEST_CASE("a bad file is refused as `troupe up` refuses it") {
  applying a;
  CHECK(a.apply("  - {name: decode-1, rolle: decode}\n").err().text.find("demo.yaml:4:")
        != std::string::npos);
  CHECK(a.apply("  - {name: decode-1, role: dekode}\n").err().code == errc::invalid_value);
  CHECK(a.cluster.run("plan apply " + a.directory.file("none")).err().code == errc::not_found);
  CHECK(a.cluster.run("plan apply /dev/zero").err().code == errc::invalid_value);
  CHECK(a.cluster.asked.empty());
}

TEST_CASE("why a slot is as it is comes from its agent, the planner and its last death") {
  scripted_cluster cluster;
  cluster.answer_with(edits_report{.edits = {{.age_ms = 2000,
                                              .who = "ann@host",
                                              .slot = "decode-1",
                                              .act = slot_act::restart,
                                              .generation = 1,
                                              .outcome = "done"}}});
  cluster.answer_with(crashes_report{.crashes = {{.no = 2, .slot = "decode-1", .how = "new"},
                                                 {.no = 1, .slot = "decode-1", .how = "old"},
                                                 {.no = 3, .slot = "other", .how = "else"}}});
  const auto got = cluster.run("plan why decode-1");
  REQUIRE(got);
  const auto as_object = shell::as_json(*got);
  CHECK(*as_object.find("edited")->find("what")->as_string() == "restart");
  CHECK(*as_object.find("last_crash")->find("how")->as_string() == "new");
  CHECK(*as_object.find("wanted")->as_bool());
  CHECK(*as_object.find("agent_linked")->as_bool());
  CHECK(*as_object.find("member")->as_bool());
  CHECK(got->before.front().find("decode-1 on host-agent: running, pid 103") == 0);
  CHECK(got->before.back() == "to do: nothing");
  const auto unknown = cluster.run("plan why decode-11");
  CHECK(unknown.err().code == errc::not_found);
  CHECK(unknown.err().text.find("did you mean 'decode-1'") != std::string::npos);
}

TEST_CASE("levels of service are those of all gateways, and say who did not answer") {
  scripted_cluster cluster;
  request_info fast{.model = "tiny",
                    .phase = request_phase::completed,
                    .accepted_tokens = 3,
                    .age_ms = 5000,
                    .first_token_ms = 100,
                    .last_token_ms = 120};
  auto slow = fast;
  slow.last_token_ms = 400;
  cluster.answer_with(requests_report{.requests = {fast, slow}});
  const auto got = cluster.run("slo --tpot 50ms");
  REQUIRE(got);
  REQUIRE(got->rows.size() == 2);
  CHECK(got->rows[0].back() == json::value{50.0});
  CHECK(*got->rows[1][0].as_string() == "(all)");
  CHECK(got->after.size() == 1);
  cluster.answer_with(requests_report{.requests = {fast, slow}});
  CHECK(cluster.run("slo --tpot 200ms tiny")->rows[0].back() == json::value{100.0});
  CHECK(cluster.run("slo tiny")->after.back().find("gateway-1 did not answer") == 0);
  CHECK(cluster.run("slo tinny").err().text.find("did you mean 'tiny'") != std::string::npos);
  CHECK(cluster.run("slo --ttft soon").err().code == errc::invalid_value);
}
