// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/slots.hpp"

#include "apps/troupe/shell/slot_reason.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;
using namespace troupe::shell;

namespace {

slot_facts facts(slot_phase phase) {
  slot_facts all{.what = {.agent = "demo-agent",
                          .slot = {.slot = "decode-1",
                                   .generation = 2,
                                   .phase = phase,
                                   .want = {.roles = "decode", .model = "models/tiny"},
                                   .restarts = 3}},
                 .agent_linked = true,
                 .is_member = true};
  all.edits.planners = 1;
  return all;
}

bool says(const std::vector<std::string>& lines, const std::string& text) {
  return std::ranges::any_of(
      lines, [&](const std::string& one) { return one.find(text) != std::string::npos; });
}

} // namespace

TEST_CASE("a slot is wanted unless it rests, or ends by an edit that stopped it") {
  slot_report slot{.slot = "a", .generation = 4};
  CHECK_FALSE(is_wanted(slot, {}));
  slot.gave_up = "died";
  CHECK(is_wanted(slot, {}));
  for (const auto phase : {slot_phase::starting, slot_phase::running, slot_phase::backing_off}) {
    slot.phase = phase;
    CHECK(is_wanted(slot, {}));
  }
  slot.phase = slot_phase::stopping;
  CHECK(is_wanted(slot, {}));
  CHECK_FALSE(is_wanted(slot, {{.slot = "a", .run = false, .generation = 4}}));
  CHECK(is_wanted(slot, {{.slot = "a", .run = false, .generation = 3}}));
  CHECK(is_wanted(slot, {{.slot = "a", .run = true, .generation = 4}}));
  CHECK(is_wanted(slot, {{.slot = "b", .run = false, .generation = 4}}));
  CHECK(is_wanted(slot, {{.slot = "a", .act = slot_act::restart, .generation = 4}}));
}

TEST_CASE("a slot that runs says who edited it and how it ended last, and wants nothing") {
  auto all = facts(slot_phase::running);
  all.what.slot.last_end = "killed by signal 9";
  all.edits.edits = {{.age_ms = 12'000,
                      .who = "ann@host",
                      .slot = "decode-1",
                      .act = slot_act::kill,
                      .generation = 2,
                      .outcome = "done"},
                     {.age_ms = 99'000, .who = "bob@host", .slot = "decode-1"}};
  all.crash = crash_record{.how = "killed by signal 9", .age_ms = 11'000, .uptime_ms = 4'000};
  const auto why = reason_of(all);
  CHECK(why.wanted);
  CHECK(why.remedies.empty());
  CHECK(says(why.lines, "decode-1 on demo-agent: running"));
  CHECK(says(why.lines, "wanted: runs as decode, model models/tiny"));
  CHECK(says(why.lines, "edited: kill by ann@host, 12 s ago: done"));
  CHECK(says(why.lines, "last end: killed by signal 9, from outside, 11 s ago, after 4 s"));
  CHECK(says(why.lines, "agent: linked"));
}

TEST_CASE("what is to do depends on what keeps a slot down") {
  const auto remedy = [](const slot_facts& all) {
    const auto why = reason_of(all);
    REQUIRE(why.remedies.size() == 1);
    return why.remedies[0];
  };
  auto all = facts(slot_phase::stopped);
  CHECK(remedy(all).find("`scale decode COUNT`") != std::string::npos);
  CHECK(says(reason_of(all).lines, "wanted: at rest"));
  all.what.slot.gave_up = "decode-1 died 11 times within 60 s";
  CHECK(remedy(all).find("`restart decode-1` begins anew") != std::string::npos);
  CHECK(says(reason_of(all).lines, "gave up: decode-1 died 11 times"));
  CHECK(remedy(facts(slot_phase::backing_off)).find("`crashes decode-1`") == 0);
  all = facts(slot_phase::running);
  all.is_member = false;
  CHECK(remedy(all).find("decode-1.log") != std::string::npos);
  all = facts(slot_phase::running);
  all.agent_linked = false;
  CHECK(remedy(all).find("agent on demo-agent") != std::string::npos);
  CHECK(says(reason_of(all).lines, "agent: not linked"));
  all = facts(slot_phase::running);
  all.edits.planners = 0;
  CHECK(remedy(all).find("no planner") == 0);
  CHECK(reason_of(facts(slot_phase::stopping)).remedies.empty());
}

TEST_CASE("an edit that nobody remembers is told apart from none") {
  auto all = facts(slot_phase::running);
  CHECK(says(reason_of(all).lines, "edited: no planner remembers"));
  all.what.slot.generation = 1;
  CHECK(says(reason_of(all).lines, "edited: never"));
  all.edits.failures = {"planner@a: timeout"};
  CHECK(says(reason_of(all).lines, "edited: not known; planner@a: timeout"));
}
