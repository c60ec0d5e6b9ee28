// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/slots.hpp"

#include "apps/troupe/shell/names.hpp"

#include <algorithm>
#include <utility>

namespace troupe::shell {

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

} // namespace troupe::shell
