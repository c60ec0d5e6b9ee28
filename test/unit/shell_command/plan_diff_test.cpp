// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/plan_diff.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::shell;

namespace {

constexpr const char* yaml = R"(
name: demo
model: models/tiny
nodes:
  - {name: gateway-1, role: "gateway,router", http_port: 8000}
  - {name: decode-1, role: decode, flags: ["--threads", "1"]}
hosts:
  - {name: b, ssh: b.example, listen: "10.0.0.8:7700", nodes: [{name: cache-1, role: cache}]}
)";

cluster_file read(const std::string& text) {
  auto file = parse_cluster_file(text, "demo.yaml");
  REQUIRE(file);
  return *std::move(file);
}

slot_report slot(const std::string& name, const slot_config& want) {
  return {.slot = name, .generation = 1, .phase = slot_phase::running, .want = want, .pid = 9};
}

/// As agents have it that were started with the file.
console_view as_in_file(const cluster_file& file) {
  console_view view;
  auto& here = view.plans["demo-agent"];
  for (const auto& one : file.slots) {
    here.slots.push_back(slot(one.name, one.what));
  }
  auto& there = view.plans["demo-b-agent"];
  for (const auto& one : file.hosts.at(0).slots) {
    there.slots.push_back(slot(one.name, one.what));
  }
  return view;
}

struct fixture {
  cluster_file file = read(yaml);
  console_view view = as_in_file(file);
  std::vector<edit_record> edits;

  std::vector<slot_report>& here() { return view.plans["demo-agent"].slots; }
  result<plan_difference> compare(bool prune = false) {
    return compare_plan(file, view, edits, prune);
  }
  std::vector<std::string> changes(bool prune = false) {
    std::vector<std::string> out;
    const auto got = compare(prune);
    REQUIRE(got);
    for (const auto& one : got->changes) {
      out.push_back(std::string(name_of(one.what)) + " " + one.slot + "@" + one.agent);
    }
    return out;
  }
};

using words = std::vector<std::string>;

} // namespace

TEST_CASE("what is as in the file is left") {
  fixture f;
  const auto got = f.compare(true);
  REQUIRE(got);
  CHECK(got->changes.empty());
  CHECK(got->notes.empty());
  CHECK(got->same == 3);
  f.here()[0].want.roles = "router,gateway";
  CHECK(f.changes().empty());
}

TEST_CASE("slots are added at their hosts, started, changed, and stopped last if asked for") {
  fixture f;
  f.view.plans["demo-b-agent"].slots.clear();
  f.here()[0].phase = slot_phase::stopped;
  f.here()[1].want.extra = {"--threads", "2"};
  f.here().insert(f.here().begin(), slot("old-1", {.roles = "cache"}));
  CHECK(f.changes()
        == words{"start gateway-1@demo-agent", "add cache-1@demo-b-agent",
                 "change decode-1@demo-agent"});
  CHECK(f.compare()->notes.at(0).find("old-1 on demo-agent is not in the file") == 0);
  CHECK(f.changes(true).back() == "stop old-1@demo-agent");
  CHECK(f.compare(true)->notes.empty());
  const auto changes = f.compare()->changes;
  CHECK(changes[1].want.roles == "cache");
  CHECK(changes[2].detail == "flags --threads 2 -> --threads 1");
  CHECK(changes[2].ends_process);
  CHECK(changes[2].want.model == "models/tiny");
}

TEST_CASE("each part of a slot is compared; a group alone ends no process") {
  fixture f;
  auto& now = f.here()[1].want;
  const auto before = now;
  const auto difference = [&] {
    const auto got = f.compare();
    now = before;
    REQUIRE(got);
    REQUIRE(got->changes.size() == 1);
    return got->changes[0];
  };
  now.roles = "prefill";
  CHECK(difference().detail == "role prefill -> decode");
  now.model = "other";
  CHECK(difference().detail == "model other -> models/tiny");
  now.http_port = 8001;
  CHECK(difference().detail == "http_port 8001 -> none");
  now.extra.clear();
  CHECK(difference().ends_process);
  now.group = "pair";
  const auto got = difference();
  CHECK(got.detail == "group pair -> none");
  CHECK_FALSE(got.ends_process);
}

TEST_CASE("a slot at rest that the file does not name is nothing to stop") {
  fixture f;
  f.here().push_back(slot("old-1", {.roles = "cache"}));
  f.here().back().phase = slot_phase::stopped;
  CHECK(f.changes(true).empty());
  f.here().back().phase = slot_phase::stopping;
  CHECK(f.changes(true).size() == 1); // For all that is known it comes back.
  f.edits = {{.slot = "old-1", .act = slot_act::edit, .run = false, .generation = 1}};
  CHECK(f.changes(true).empty());
}

TEST_CASE("what gave up is told of and left") {
  fixture f;
  f.here()[1].phase = slot_phase::stopped;
  f.here()[1].gave_up = "decode-1 died 11 times";
  CHECK(f.changes().empty());
  CHECK(f.compare()->notes.at(0).find("decode-1 gave up") == 0);
}

TEST_CASE("agents that the file does not name keep what they have") {
  fixture f;
  f.view.plans["other-agent"].slots = {slot("far-1", {.roles = "cache"})};
  CHECK(f.changes(true).empty());
  CHECK(f.compare(true)->notes.at(0)
        == "other-agent is not of this file: its 1 slots are left alone");
}

TEST_CASE("what cannot be carried out is refused as a whole") {
  fixture f;
  f.view.plans.erase("demo-b-agent");
  CHECK(f.compare().err().code == errc::not_found);
  CHECK(f.compare().err().text.find("demo-b-agent") != std::string::npos);
  f.view.plans["demo-b-agent"] = {};
  f.here().push_back(slot("cache-1", {.roles = "cache"}));
  CHECK(f.compare().err().text.find("kept by demo-agent") != std::string::npos);
  f.here().pop_back();
  f.view.nodes[{.node = {7}, .life = {8}}].who.name = "cache-1";
  CHECK(f.compare().err().text.find("no agent keeps it") != std::string::npos);
}

TEST_CASE("a difference is like another if the same would be done") {
  fixture f;
  const auto none = f.compare();
  f.here()[1].want.model = "a";
  const auto one = f.compare();
  f.here()[1].want.model = "b";
  CHECK(none->is_like(*none));
  CHECK_FALSE(none->is_like(*one));
  CHECK_FALSE(one->is_like(*f.compare()));
}
