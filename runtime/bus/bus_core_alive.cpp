// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/bus_core.hpp"

#include <algorithm>

/// Who is alive: what this node says of itself, and what nodes say of each other.
namespace troupe {

namespace {

constexpr auto lateness_forgiven = 15ms;
constexpr std::size_t peers_per_heartbeat = 16; ///< More of them are pinged less often.
constexpr int witnesses_max = 3;

} // namespace

// A process that was stopped or starved hears its peers' pings late, through no fault of theirs.
void bus_core::forgive_own_pause(time_point now) {
  const auto planned = std::exchange(planned_wake_, time_point::max());
  if (planned == time_point::max() || now < planned + lateness_forgiven) {
    return;
  }
  const auto pause = now - planned;
  for (const auto& [link, s] : sessions_) {
    s->own_pause(pause);
  }
  if (pool_asked_ != time_point::max()) {
    pool_asked_ = std::min(now, pool_asked_ + pause);
  }
}

session::pulse bus_core::own_pulse(time_point now) {
  const auto& limits = options_.limits;
  const auto many = std::max<std::size_t>(1, sessions_.size() / peers_per_heartbeat);
  const auto least_often = std::max(limits.heartbeat, limits.silence_max / 4);
  session::pulse own{.heartbeat = std::min<duration>(limits.heartbeat * many, least_often)};
  if (pool_actor_ == 0) {
    return own;
  }
  if (pool_asked_ == time_point::max()) {
    pool_asked_ = now;
    posts_.push_back({pool_actor_, pool_pulse{}});
  }
  own.pool_silent = now - pool_asked_;
  return own;
}

void bus_core::ask_witnesses(const session& about) {
  int asked = 0;
  for (const auto& [link, s] : sessions_) {
    if (s.get() != &about && s->hears() && asked < witnesses_max) {
      s->ask_about(about.remote()->node);
      ++asked;
    }
  }
}

void bus_core::probe_arrived(session& s, const arrival& what) {
  const auto about = decode_node(what.body());
  if (!about) {
    give_up(s.how().link, about.err());
    return;
  }
  const auto at = current_.find(*about);
  if (at == current_.end()) {
    return;
  }
  auto& of = *sessions_.at(at->second);
  if (what.head.kind == frame_kind::witness) {
    of.vouched();
  } else if (of.hears()) {
    s.vouch_for(*about);
  }
}

} // namespace troupe
