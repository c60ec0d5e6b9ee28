// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/core/answer.hpp"
#include "actors/node/node_core.hpp"
#include "messages/vocab/error_codes.hpp"

#include <utility>

/// Processes that a node runs for actors elsewhere: once, found and watched in one step.
namespace troupe {

void node_core::on(const spawn& what, context& cx) {
  const auto refuse = [&](error why) {
    cx.out.respond(*cx.from, std::move(why));
  };
  if (what.slot.empty() || slots_.contains(what.slot)) {
    refuse({.code = errc::invalid_value,
            .text = "'" + what.slot + "' is no free name on this node; choose another",
            .field = "slot"});
  } else if (what.want.roles.empty()) {
    refuse({.code = errc::invalid_value, .text = "say which roles it shall have", .field = "want"});
  } else if (stopping_ || slots_.size() >= config_.slots_max) {
    refuse({.code = errc::overloaded, .text = "the node has no slot left", .retryable = true});
  } else {
    start_spawned(what, cx);
  }
}

void node_core::start_spawned(const spawn& what, context& cx) {
  auto& which = slots_[what.slot];
  which.want = what.want;
  which.want.group.clear();
  which.is_temporary = true;
  group_of(what.slot, which).add(what.slot);
  settle(what.slot, which, cx);
  if (which.phase != slot_phase::running) {
    cx.out.respond(*cx.from, error{.code = errc::io_failed, .text = which.last_end});
    drop_slot(what.slot);
    return;
  }
  spawns_[what.slot] = {.asked = address_of(*cx.from), .monitor = what.monitor, .link = what.link};
  watches_.add(cx.sender(), cx.out);
  audit(config_.log, "an actor of node " + std::to_string(cx.sender().node.node.value),
        "spawn " + what.slot + " as " + what.want.roles, "done");
  report(cx);
}

// Only the process that was started, and not somebody of its name.
void node_core::spawned_is_member(const member& who, context& cx) {
  const auto found = spawns_.find(who.name);
  if (found == spawns_.end() || found->second.is_answered || slots_.at(who.name).pid != who.pid) {
    return;
  }
  found->second.is_answered = true;
  cx.out.respond(
      found->second.asked,
      spawn_done{.slot = who.name, .node = who.node, .pid = who.pid, .services = who.services});
}

void node_core::spawned_ended(const std::string& name, bool died, context& cx) {
  const auto& how = slots_.at(name).last_end;
  if (const auto found = spawns_.find(name); found != spawns_.end()) {
    const auto& by = found->second;
    if (!by.is_answered) {
      cx.out.respond(by.asked,
                     error{.code = errc::peer_gone,
                           .text = name + " ended before it was a member: " + how + "; `crashes "
                                   + name + "` in `troupe shell` shows its log"});
    }
    if (by.monitor) {
      cx.out.tell(by.asked.from, spawn_ended{.slot = name, .how = how, .died = died});
    }
    watches_.drop(by.asked.from, cx.out);
    spawns_.erase(found);
  }
  drop_slot(name);
}

void node_core::owner_down(const actor_ref& who, context& cx) {
  for (auto at = spawns_.begin(); at != spawns_.end();) {
    const auto& [name, by] = *at;
    if (!(by.asked.from == who)) {
      ++at;
      continue;
    }
    if (by.link) {
      auto& which = slots_.at(name);
      which.run = false;
      settle(name, which, cx);
    }
    at = spawns_.erase(at);
  }
}

void node_core::drop_slot(const std::string& name) {
  leave_group(name, slots_.at(name));
  slots_.erase(name);
}

} // namespace troupe
