// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/crash_json.hpp"
#include "apps/troupe/shell/names.hpp"

#include <algorithm>

/// Deaths of processes, and the requests that caused them.
namespace troupe::shell {

namespace {

double seconds(std::uint64_t ms) {
  return static_cast<double>(ms) / 1000;
}

json::value texts(const std::vector<std::string>& all) {
  json::value out{json::value::array{}};
  for (const auto& one : all) {
    out.push_back(one);
  }
  return out;
}

/// Of whoever may answer; one that does not has nothing to tell.
std::vector<crashes_report> ask_all(cluster_client& over, const console_view& view,
                                    service_role role) {
  std::vector<console_question> questions;
  for (const auto& one : actors_of(view)) {
    if (one.offers != nullptr && one.offers->role == role) {
      questions.push_back({one.actor, message::of(crashes_query{})});
    }
  }
  std::vector<crashes_report> all;
  for (const auto& answer : over.ask(std::move(questions), answer_time)) {
    if (const auto* report = answer.body.as<crashes_report>()) {
      all.push_back(*report);
    }
  }
  return all;
}

/// Gateways tell each other: a request that several know is one, with what each of them refused.
std::vector<quarantined_request> quarantined_of(const std::vector<crashes_report>& reports) {
  std::vector<quarantined_request> out;
  for (const auto& report : reports) {
    for (const auto& one : report.quarantined) {
      const auto found = std::ranges::find(out, one.request, &quarantined_request::request);
      if (found == out.end()) {
        out.push_back(one);
      } else {
        found->refused += one.refused;
        found->age_ms = std::max(found->age_ms, one.age_ms);
      }
    }
  }
  std::ranges::stable_sort(out, {}, &quarantined_request::age_ms);
  return out;
}

void explain(const crash_record& what, sheet& out) {
  out.after.push_back(what.slot + " (" + what.roles + ", pid " + std::to_string(what.pid)
                      + "): " + what.how + (what.proves ? ", of itself" : ", from outside"));
  for (const auto& one : what.dying) {
    out.after.push_back("  computed " + request_text(one.request) + ", answer token "
                        + std::to_string(one.index));
  }
  for (const auto& one : what.held) {
    out.after.push_back("  held " + request_text(one));
  }
  for (const auto& line : what.log) {
    out.after.push_back("  | " + line);
  }
}

} // namespace

json::value crash_json(const crash_record& what) {
  json::value dying{json::value::array{}};
  for (const auto& one : what.dying) {
    dying.push_back(
        json::object_of({{"request", request_text(one.request)}, {"index", one.index}}));
  }
  json::value held{json::value::array{}};
  for (const auto& one : what.held) {
    held.push_back(request_text(one));
  }
  return json::object_of({{"no", what.no},
                          {"slot", what.slot},
                          {"roles", what.roles},
                          {"incarnation", std::to_string(what.life.life.value)},
                          {"pid", what.pid},
                          {"how", what.how},
                          {"code", what.code},
                          {"signal", what.signal},
                          {"of_itself", what.proves},
                          {"ended_unix_ms", what.ended_unix_ms},
                          {"age_s", seconds(what.age_ms)},
                          {"up_s", seconds(what.uptime_ms)},
                          {"before", what.before},
                          {"computed", std::move(dying)},
                          {"held", std::move(held)},
                          {"held_more", what.held_more},
                          {"log", texts(what.log)}});
}

json::value quarantined_json(const quarantined_request& what) {
  return json::object_of({{"request", request_text(what.request)},
                          {"model", what.model},
                          {"age_s", seconds(what.age_ms)},
                          {"slots", texts(what.slots)},
                          {"refused", what.refused}});
}

result<sheet> run_crashes(command_call& call) {
  const auto view = call.cluster.view();
  const auto wanted = call.given.at(0);
  sheet out{.name = "crashes",
            .columns = {"slot", "age_s", "how", "of_itself", "up_s", "before", "pid", "requests",
                        "record"},
            .hidden = {"record"}};
  std::vector<crash_record> all;
  for (auto& report : ask_all(call.cluster, *view, service_role::node)) {
    std::ranges::move(report.crashes, std::back_inserter(all));
  }
  std::ranges::stable_sort(all, {}, &crash_record::age_ms);
  bool is_explained = wanted.empty();
  for (const auto& one : all) {
    if (!wanted.empty() && one.slot != wanted) {
      continue;
    }
    out.rows.push_back({one.slot, seconds(one.age_ms), one.how, one.proves, seconds(one.uptime_ms),
                        one.before, one.pid, one.held.size() + one.held_more, crash_json(one)});
    if (!is_explained) {
      explain(one, out); // The last death of that slot.
      is_explained = true;
    }
  }
  json::value quarantined{json::value::array{}};
  for (const auto& one : quarantined_of(ask_all(call.cluster, *view, service_role::gateway))) {
    quarantined.push_back(quarantined_json(one));
    std::string slots;
    for (const auto& slot : one.slots) {
      slots += (slots.empty() ? "" : ", ") + slot;
    }
    out.after.push_back("quarantined " + request_text(one.request) + " (" + one.model
                        + "): " + slots + " died of it; equal requests refused since: "
                        + std::to_string(one.refused));
  }
  out.facts = {{"quarantined", std::move(quarantined)}};
  for (const auto& [agent, plan] : view->plans) {
    for (const auto& slot : plan.slots) {
      if (!slot.gave_up.empty()) {
        out.after.push_back("gave up: " + slot.gave_up);
      }
    }
  }
  return out;
}

} // namespace troupe::shell
