// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/actor_table.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe {

mailbox_report report_mailbox(const actor_meter& of, const type_table& types, time_point now) {
  mailbox_report all{.waiting = of.mailbox.waiting(),
                     .current = name_of(of.mailbox.current(), types)};
  if (const auto since = of.mailbox.oldest_since()) {
    const auto age = std::max<duration>(now - *since, 1us);
    all.oldest_us_max = static_cast<std::uint64_t>(age / 1us);
  }
  for (std::size_t at = 1; at < limits::event_kinds_max; ++at) {
    const auto kind = static_cast<event_kind>(at);
    const auto handled = of.mailbox.taken(kind);
    const auto waiting = of.mailbox.waiting(kind);
    if (handled != 0 || waiting != 0) {
      all.kinds.push_back({.kind = name_of(kind, types), .waiting = waiting, .handled = handled});
    }
  }
  std::ranges::stable_sort(all.kinds, [](const waiting_kind& a, const waiting_kind& b) {
    return std::pair(a.waiting, a.handled) > std::pair(b.waiting, b.handled);
  });
  return all;
}

std::function<profile_report(time_point now)> begin_profile(std::shared_ptr<actor_meter> of,
                                                            const type_table& types,
                                                            time_point begun) {
  auto tap = std::make_shared<profile_tap>();
  std::array<std::uint64_t, limits::event_kinds_max> before{};
  for (std::size_t at = 0; at < before.size(); ++at) {
    before[at] = of->mailbox.taken(static_cast<event_kind>(at));
  }
  of->profiles.add(tap);
  return [of = std::move(of), tap = std::move(tap), before, &types, begun](time_point now) {
    profile_report all{.lasted_us = static_cast<std::uint64_t>((now - begun) / 1us)};
    for (std::size_t at = 1; at < before.size(); ++at) {
      const auto kind = static_cast<event_kind>(at);
      const auto seen = tap->times_of(kind);
      // One that began before the profile and ended in it was timed, but not counted.
      const auto count = std::max(of->mailbox.taken(kind) - before[at], seen.timed);
      if (count != 0) {
        all.kinds.push_back({.kind = name_of(kind, types),
                             .count = count,
                             .timed = seen.timed,
                             .busy_ns = static_cast<std::uint64_t>(seen.busy / 1ns),
                             .max_ns = static_cast<std::uint64_t>(seen.longest / 1ns)});
      }
    }
    return all;
  };
}

void actor_table::add(std::uint64_t actor, std::string name,
                      const std::shared_ptr<actor_meter>& meter) {
  const std::lock_guard lock(mutex_);
  std::erase_if(rows_, [](const auto& entry) { return entry.second.meter.expired(); });
  rows_[actor] = {std::move(name), meter};
}

std::vector<actor_info> actor_table::list() {
  const std::lock_guard lock(mutex_);
  std::vector<actor_info> all;
  for (const auto& [actor, entry] : rows_) {
    const auto meter = entry.meter.lock();
    if (meter == nullptr || meter->ended || all.size() >= limits::node_actors_max) {
      continue;
    }
    all.push_back({.actor = actor,
                   .name = entry.name,
                   .mailbox = meter->mailbox.waiting(),
                   .handled = meter->mailbox.taken(),
                   .sent = meter->sent.load(),
                   .busy_us = meter->busy_ns.load() / 1000});
  }
  return all;
}

std::shared_ptr<actor_meter> actor_table::find(std::uint64_t actor) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(actor);
  return found == rows_.end() ? nullptr : found->second.meter.lock();
}

std::string actor_table::name_of(std::uint64_t actor) {
  const std::lock_guard lock(mutex_);
  const auto found = rows_.find(actor);
  return found == rows_.end() ? std::string{} : found->second.name;
}

} // namespace troupe
