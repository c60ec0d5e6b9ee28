// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/slots.hpp"

#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/prompts.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe::shell {

namespace {

constexpr duration order_time = 10s;

result<actor_ref> planner_of(const console_view& view) {
  const auto planners = with_role(view, service_role::planner);
  if (!planners.empty()) {
    return planners.front().actor;
  }
  return error{.code = errors::no_worker,
               .text = "no planner is a member of this cluster; start one with --role planner"};
}

} // namespace

std::optional<known_slot> slot_of(const console_view& view, const std::string& name) {
  for (const auto& [agent, plan] : view.plans) {
    const auto found = std::ranges::find(plan.slots, name, &slot_report::slot);
    if (found != plan.slots.end()) {
      return known_slot{agent, *found};
    }
  }
  return std::nullopt;
}

result<known_slot> find_slot(const console_view& view, const std::string& name) {
  if (auto slot = slot_of(view, name)) {
    return *std::move(slot);
  }
  const auto actor = find_actor(view, name);
  if (!actor) {
    return actor.err();
  }
  if (auto slot = slot_of(view, actor->node_name)) {
    return *std::move(slot);
  }
  return error{.code = errc::not_found,
               .text = actor->node_name
                       + " is kept by no agent: nobody would start it again. End "
                         "the process itself"};
}

std::string load_of(command_call& call, const std::string& node_name) {
  for (const auto& one : actors_of(*call.cluster.view())) {
    if (one.node_name != node_name || one.offers == nullptr) {
      continue;
    }
    const auto said = ask_one<status_report>(call.cluster, one.actor, status_query{}, 1s);
    if (!said) {
      continue;
    }
    for (const auto& fact : said->facts) {
      if (fact.key == "streams" && fact.value != "0") {
        return "; " + fact.value + " streams there are placed again elsewhere";
      }
    }
  }
  return "";
}

std::string_view phase_name(slot_phase what) {
  constexpr std::array<std::string_view, 5> names{"stopped", "starting", "running", "backing off",
                                                  "stopping"};
  return names.at(static_cast<std::size_t>(what));
}

std::string act_name(const edit_record& what) {
  switch (what.act) {
    case slot_act::restart:
      return "restart";
    case slot_act::kill:
      return "kill";
    case slot_act::edit:
      break;
  }
  return what.run ? "run" : "stop";
}

told_edits edits_of(cluster_client& over) {
  const auto view = over.view();
  told_edits out;
  for (const auto& one : with_role(*view, service_role::planner)) {
    ++out.planners;
    const auto told = ask_one<edits_report>(over, one.actor, edits_query{});
    if (!told) {
      out.failures.push_back(one.name + ": " + told.err().text);
      continue;
    }
    out.edits.insert(out.edits.end(), told->edits.begin(), told->edits.end());
  }
  std::ranges::stable_sort(out.edits, {}, &edit_record::age_ms);
  return out;
}

bool is_wanted(const slot_report& slot, const std::vector<edit_record>& edits) {
  if (slot.phase == slot_phase::stopped) {
    return !slot.gave_up.empty();
  }
  if (slot.phase != slot_phase::stopping) {
    return true;
  }
  const auto made_it = std::ranges::find_if(edits, [&](const edit_record& one) {
    return one.slot == slot.slot && one.generation == slot.generation;
  });
  return made_it == edits.end() || made_it->act != slot_act::edit || made_it->run;
}

result<order_done> give_order(command_call& call, scale what) {
  const auto planner = planner_of(*call.cluster.view());
  if (!planner) {
    return planner.err();
  }
  what.who = call.who;
  const auto got = call.cluster.ask({{*planner, message::of(std::move(what))}}, order_time).front();
  if (const auto* done = got.body.as<order_done>()) {
    return *done;
  }
  if (const auto* no = got.body.as<order_refused>()) {
    return no->why;
  }
  return got.why;
}

} // namespace troupe::shell
