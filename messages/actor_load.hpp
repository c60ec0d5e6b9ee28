// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What waits for an actor, and what it spends its time on.
namespace troupe {

/// One kind of event in an actor's mailbox.
struct waiting_kind {
  std::string kind; ///< A message's name, or down, posted, wake, start, failure, other.
  std::uint64_t waiting = 0;
  std::uint64_t handled = 0; ///< Since the actor began.

  static constexpr auto fields() {
    return std::tuple{field(1, "kind", &waiting_kind::kind),
                      field(2, "waiting", &waiting_kind::waiting),
                      field(3, "handled", &waiting_kind::handled)};
  }
};

/// OPERATOR to ADMIN (request): what waits for this actor of yours? Nothing is taken out.
struct mailbox_query {
  static constexpr wire_type type = 140;
  static constexpr std::string_view name = "mailbox_query";
  static constexpr traffic traffic_class = traffic::free;

  std::uint64_t actor = 0; ///< Of the admin's process.

  static constexpr auto fields() { return std::tuple{field(1, "actor", &mailbox_query::actor)}; }
};

/// ADMIN: the mailbox by kinds, the fullest first.
struct mailbox_report {
  static constexpr wire_type type = 141;
  static constexpr std::string_view name = "mailbox_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t waiting = 0;
  std::uint64_t oldest_us_max = 0; ///< The oldest waits for so long at most; 0: nothing waits.
  std::string current;             ///< What it handles right now; empty: nothing.
  std::vector<waiting_kind> kinds; ///< Whatever waits or was handled before.

  static constexpr auto fields() {
    return std::tuple{field(1, "waiting", &mailbox_report::waiting),
                      field(2, "oldest_us_max", &mailbox_report::oldest_us_max),
                      field(3, "current", &mailbox_report::current),
                      field(4, "kinds", &mailbox_report::kinds, limits::event_kinds_max)};
  }
};

/// What an actor did with one kind of event while it was profiled.
struct profiled_kind {
  std::string kind; ///< As waiting_kind::kind.
  std::uint64_t count = 0;
  std::uint64_t timed = 0;   ///< Of them; the others stand for as much time each.
  std::uint64_t busy_ns = 0; ///< Of the timed ones.
  std::uint64_t max_ns = 0;

  static constexpr auto fields() {
    return std::tuple{
        field(1, "kind", &profiled_kind::kind), field(2, "count", &profiled_kind::count),
        field(3, "timed", &profiled_kind::timed), field(4, "busy_ns", &profiled_kind::busy_ns),
        field(5, "max_ns", &profiled_kind::max_ns)};
  }
};

/// OPERATOR to ADMIN (request): see for so long what this actor of yours spends its time on.
/// Answered when that is over; ends with the asker too.
struct profile_query {
  static constexpr wire_type type = 142;
  static constexpr std::string_view name = "profile_query";
  static constexpr traffic traffic_class = traffic::free;

  std::uint64_t actor = 0;  ///< Of the admin's process.
  std::uint32_t for_ms = 0; ///< 1..limits::trace_ms_max.

  static constexpr auto fields() {
    return std::tuple{field(1, "actor", &profile_query::actor),
                      field(2, "for_ms", &profile_query::for_ms)};
  }
};

/// ADMIN: what it handled in that time, by kinds.
struct profile_report {
  static constexpr wire_type type = 143;
  static constexpr std::string_view name = "profile_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint64_t lasted_us = 0;
  std::vector<profiled_kind> kinds;

  static constexpr auto fields() {
    return std::tuple{field(1, "lasted_us", &profile_report::lasted_us),
                      field(2, "kinds", &profile_report::kinds, limits::event_kinds_max)};
  }
};

} // namespace troupe
