// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"
#include "actors/core/answer.hpp"

#include <utility>

/// What waits for an actor of this process, and what it spends its time on.
namespace troupe {

namespace {

error no_such_actor() {
  return {.code = errc::not_found, .text = "no actor of that number here", .field = "actor"};
}

} // namespace

void admin_core::on(const mailbox_query& what, context& cx) {
  if (auto seen = ports_.mailbox ? ports_.mailbox(what.actor) : std::nullopt) {
    cx.out.respond(*cx.from, *std::move(seen));
  } else {
    cx.out.respond(*cx.from, no_such_actor());
  }
}

void admin_core::on(const profile_query& what, context& cx) {
  if (what.for_ms == 0 || what.for_ms > limits::trace_ms_max) {
    cx.out.respond(*cx.from, error{.code = errc::invalid_value,
                                   .text = "a profile lasts 1 ms to "
                                           + std::to_string(limits::trace_ms_max / 1000) + " s",
                                   .field = "for_ms"});
    return;
  }
  if (profiles_.size() >= profiles_max) {
    cx.out.respond(*cx.from, error{.code = errc::overloaded,
                                   .text = "the process is profiled " + std::to_string(profiles_max)
                                           + " times already; wait until one ends"});
    return;
  }
  auto tell = ports_.profile ? ports_.profile(what.actor) : nullptr;
  if (!tell) {
    cx.out.respond(*cx.from, no_such_actor());
    return;
  }
  cx.out.monitor(cx.sender());
  profiles_.push_back({.asked = address_of(*cx.from),
                       .end = cx.now + std::chrono::milliseconds(what.for_ms),
                       .tell = std::move(tell)});
}

void admin_core::tell_profiles(context& cx) {
  for (auto at = profiles_.begin(); at != profiles_.end();) {
    if (cx.now < at->end) {
      ++at;
      continue;
    }
    const auto over = std::move(*at);
    at = profiles_.erase(at);
    cx.out.respond(over.asked, over.tell(cx.now));
    let_go(over.asked.from, cx);
  }
}

} // namespace troupe
