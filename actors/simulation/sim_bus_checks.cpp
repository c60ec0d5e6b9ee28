// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/simulation/sim_bus.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>

/// What sessions show of themselves, beside what messages do.
namespace troupe {

namespace {

constexpr duration half_max = 800ms;         ///< Of a session that one side has ended, and said so.
constexpr duration silent_half_max = 2500ms; ///< If that may have been lost.
constexpr duration calm_min = 11s;           ///< Without any fault no session ends.
/// Leases are renewed when all is quiet, and credit comes home with the next ping.
constexpr std::uint64_t idle_bytes_max = 2048;

} // namespace

void sim_bus::check_credit(const light_node& node) {
  for (const auto& [link, s] : node.links().sessions()) {
    const auto open = s->in_flight();
    if (s->up()
        && (open.control_bytes > place_.limits.control_window_bytes
            || open.bulk_bytes > place_.limits.bulk_window_bytes)) {
      fail(node.name() + " has " + std::to_string(open.control_bytes) + " and "
           + std::to_string(open.bulk_bytes) + " bytes in flight to node "
           + std::to_string(s->peer().node.node.value) + ", more than were granted (T5)");
    }
  }
}

void sim_bus::check_halves() {
  for (std::size_t at = 0; at < players_.size(); ++at) {
    const auto& node = *players_[at].node;
    if (!node.is_up()) {
      continue;
    }
    for (const auto& [link, s] : node.links().sessions()) {
      if (!s->up()) {
        continue;
      }
      const auto& there = *s->remote();
      const auto other = static_cast<std::size_t>(there.node.node.value - 1);
      const auto& peer = *players_[other].node;
      if (!peer.is_up() || peer.self() != there.node) {
        continue;
      }
      const auto ended = peer.ended_sessions().find(there.nonce);
      if (ended == peer.ended_sessions().end() || members_->is_cut(at, other)) {
        continue;
      }
      const auto when = ended->second.when;
      const auto muted = std::max(players_[at].muted_at, players_[other].muted_at);
      const bool was_heard = muted + 1s < when;
      if (was_heard ? when + half_max < time_.now()
                    : std::max(when, muted) + silent_half_max < time_.now()) {
        fail(node.name() + " still has a session that " + peer.name() + " ended "
             + std::to_string((time_.now() - when) / 1ms) + " ms ago, since '" + ended->second.why
             + "' (T6)");
      }
    }
  }
}

void sim_bus::peer_left(std::size_t at, const peer_down& what) {
  for (const auto& [who, talks] : players_[at].talkers) {
    talks->session_ended(what);
  }
  TROUPE_CHECK(what.node.node.value <= players_.size());
  const auto& peer = *players_[what.node.node.value - 1].node;
  const bool same = peer.is_up() && peer.self() == what.node;
  if (same && cut_until_ + calm_min < time_.now() && last_fault_ + calm_min < time_.now()) {
    fail(name_of_node(at) + " lost its session to " + peer.name()
         + " though nothing had happened: " + what.why.text + " (T8)");
  }
}

bool sim_bus::lives(const actor_ref& who) const {
  TROUPE_CHECK(who.node.node.value <= players_.size());
  const auto& player = players_[who.node.node.value - 1];
  return player.node->is_up() && player.node->self() == who.node && player.node->has(who);
}

void sim_bus::check_views() {
  members_->check_views(running());
}

void sim_bus::check_quiet() {
  check_views();
  members_->check_leader(running());
  for (const auto& player : players_) {
    const auto& node = *player.node;
    if (!node.is_up() || player.awake_at > time_.now()) {
      continue;
    }
    if (node.links().open_requests() > 0) {
      fail(node.name() + " has " + std::to_string(node.links().open_requests())
           + " open requests though all is quiet (T7)");
    }
    for (const auto& [link, s] : node.links().sessions()) {
      const auto open = s->in_flight();
      const auto peer = std::to_string(s->peer().node.node.value);
      if (!s->up()) {
        fail(node.name() + " still makes a session to node " + peer + " (T7)");
      } else if (s->waiting_count() > 0) {
        fail(node.name() + " has messages that wait for node " + peer + " (T7)");
      } else if (open.control_bytes > idle_bytes_max || open.bulk_bytes > 0) {
        fail(node.name() + " never got back the credit of " + std::to_string(open.control_bytes)
             + " and " + std::to_string(open.bulk_bytes) + " bytes by node " + peer + " (T7)");
      } else if (s->unreturned_bytes() > idle_bytes_max) {
        fail(node.name() + " still holds what came from node " + peer + " (T7)");
      }
    }
    for (const auto& [who, talks] : player.talkers) {
      talks->check_quiet([this](const actor_ref& each) { return lives(each); });
    }
  }
}

} // namespace troupe
