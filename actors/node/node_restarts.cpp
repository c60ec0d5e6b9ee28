// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/node_core.hpp"

#include <algorithm>
#include <utility>

/// What a node does about the deaths of its processes.
namespace troupe {

namespace {

// A slot without a group is one of its own, under a name that no group can have.
std::string key_of(const std::string& slot, const std::string& group) {
  return group.empty() ? "/" + slot : group;
}

} // namespace

supervisor& node_core::group_of(const std::string& name, const slot& which) {
  const auto& group = which.want.group;
  const auto key = key_of(name, group);
  const auto known = groups_.find(key);
  if (known != groups_.end()) {
    return known->second;
  }
  const auto how = config_.groups.find(group);
  return groups_
      .emplace(key, supervisor(how == config_.groups.end() ? config_.restarts : how->second))
      .first->second;
}

void node_core::leave_group(const std::string& name, const slot& which) {
  if (const auto group = groups_.find(key_of(name, which.want.group)); group != groups_.end()) {
    group->second.remove(name);
    if (group->second.children().empty()) {
      groups_.erase(group);
    }
  }
}

void node_core::died(const std::string& name, slot& which, const process_end& how, context& cx) {
  record(name, which, how, cx);
  ++which.restarts;
  if (!std::exchange(which.kill_ordered, false) && !which.is_temporary) {
    handle_death(name, which, cx);
  }
}

void node_core::record(const std::string& name, const slot& which, const process_end& how,
                       context& cx) {
  const auto& kept =
      crashes_.add({.slot = name,
                    .roles = which.want.roles,
                    .life = how.life,
                    .pid = which.pid,
                    .how = how.how,
                    .code = static_cast<std::uint32_t>(std::max(how.code, 0)),
                    .signal = static_cast<std::uint32_t>(std::max(how.signal, 0)),
                    .proves = died_of_itself(how),
                    .ended_unix_ms = how.at_unix_ms,
                    .uptime_ms = static_cast<std::uint64_t>((cx.now - which.started) / 1ms),
                    .before = which.restarts,
                    .dying = how.dying,
                    .log = how.log},
                   cx.now);
  crash_told told{kept};
  told.what.log.clear();
  others_.tell(service_role::gateway, told, cx.out);
}

void node_core::handle_death(const std::string& name, const slot& which, context& cx) {
  auto& group = group_of(name, which);
  const auto what = group.died(name, cx.now);
  if (what.gives_up) {
    give_up(name, which, what);
  }
  for (const auto& child : what.restart) {
    slots_.at(child).start_at = cx.now + what.after;
  }
  for (const auto& child : what.stop_first) {
    if (auto& other = slots_.at(child); other.phase == slot_phase::running) {
      other.phase = slot_phase::stopping;
      launch_.stop(other.pid);
    }
  }
}

void node_core::give_up(const std::string& name, const slot& which, const restart_plan& what) {
  const auto& how = group_of(name, which).how();
  const auto why =
      name + " died " + std::to_string(what.deaths) + " times within "
      + std::to_string(how.period / 1s) + " s, at last: " + which.last_end
      + "; not started again. `crashes` in `troupe shell` shows why they died; when it "
        "is mended, `restart "
      + name + "` there begins anew";
  for (const auto& child : what.restart) {
    slots_.at(child).gave_up = why;
  }
}

void node_core::begin_anew(const std::string& name, slot& which) {
  auto& group = group_of(name, which);
  group.forgive();
  for (const auto& child : group.children()) {
    slots_.at(child).gave_up.clear();
  }
}

// Those that depend on a dead child end before any of them begins anew.
bool node_core::is_clearing(const supervisor& group) const {
  return group.how().strategy == restart_strategy::rest_for_one
         && std::ranges::any_of(group.children(), [&](const std::string& child) {
              return slots_.at(child).phase == slot_phase::stopping;
            });
}

bool node_core::waits_for_others(const std::string& name, const slot& which) const {
  const auto group = groups_.find(key_of(name, which.want.group));
  return group != groups_.end() && is_clearing(group->second);
}

void node_core::resume(const supervisor& group, context& cx) {
  const auto& children = group.children();
  for (const auto& child : children) {
    settle(child, slots_.at(child), cx);
  }
}

void node_core::on(const crash_held& what, context& cx) {
  if (others_.has(service_role::gateway, cx.sender())) {
    crashes_.add_held(what);
  }
}

void node_core::on(const crashes_query&, context& cx) {
  cx.out.respond(*cx.from, crashes_.report(cx.now));
}

} // namespace troupe
