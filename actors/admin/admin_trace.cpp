// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"

#include <algorithm>

/// An admin's view into its own process: what is in it, traces of its actors, notes for its log.
namespace troupe {

namespace {

constexpr duration tell_every = 100ms;

} // namespace

void admin_core::on(const node_query&, context& cx) {
  if (ports_.look) {
    cx.out.respond(*cx.from, ports_.look());
  } else {
    cx.out.respond(*cx.from,
                   error{.code = errc::unsupported, .text = "this process tells nothing"});
  }
}

void admin_core::on(const trace_start& what, context& cx) {
  const auto refuse = [&](errc code, std::string text, std::string field = {}) {
    cx.out.respond(*cx.from,
                   error{.code = code, .text = std::move(text), .field = std::move(field)});
  };
  if (what.rate_per_s == 0 || what.rate_per_s > limits::trace_rate_max) {
    refuse(errc::invalid_value,
           "a trace shows 1 to " + std::to_string(limits::trace_rate_max) + " messages a second",
           "rate_per_s");
    return;
  }
  if (what.for_ms == 0 || what.for_ms > limits::trace_ms_max) {
    refuse(errc::invalid_value,
           "a trace lasts 1 ms to " + std::to_string(limits::trace_ms_max / 1000) + " s", "for_ms");
    return;
  }
  if (traces_.size() >= traces_max) {
    refuse(errc::overloaded, "the process is traced " + std::to_string(traces_max)
                                 + " times already; wait until one ends");
    return;
  }
  auto tap = ports_.tap
                 ? ports_.tap(what.actor, {.begin = cx.now,
                                           .end = cx.now + std::chrono::milliseconds(what.for_ms),
                                           .rate_per_s = what.rate_per_s})
                 : nullptr;
  if (tap == nullptr) {
    refuse(errc::not_found, "no actor of that number here", "actor");
    return;
  }
  const auto number = ++last_trace_;
  cx.out.monitor(cx.sender());
  traces_[number] = {.whose = cx.sender(), .tap = std::move(tap)};
  next_tell_ = std::min(next_tell_.value_or(time_point::max()), cx.now + tell_every);
  cx.out.respond(*cx.from, trace_started{.trace = number});
}

void admin_core::on(const trace_stop& what, context& cx) {
  const auto found = traces_.find(what.trace);
  if (found == traces_.end() || found->second.whose != cx.sender()) {
    return;
  }
  tell(found->first, found->second, true, cx);
  const auto whose = found->second.whose;
  traces_.erase(found);
  let_go(whose, cx);
}

void admin_core::on(const operator_note& what, context& cx) {
  audit(ports_.audit, what.who, what.what, what.outcome);
  cx.out.respond(*cx.from, operator_noted{});
}

void admin_core::tell(std::uint64_t number, const trace& which, bool last, context& cx) {
  auto seen = which.tap->pick_up();
  if (!seen.lines.empty() || last) {
    seen.trace = number;
    seen.last = last;
    cx.out.tell(which.whose, std::move(seen));
  }
}

void admin_core::let_go(const actor_ref& whose, context& cx) {
  const bool has_more =
      std::ranges::any_of(traces_, [&](const auto& each) { return each.second.whose == whose; })
      || std::ranges::any_of(profiles_,
                             [&](const profile& each) { return each.asked.from == whose; });
  if (!has_more) {
    cx.out.demonitor(whose);
  }
}

void admin_core::on_down(const actor_ref& who, const error&, context&) {
  std::erase_if(traces_, [&](const auto& entry) { return entry.second.whose == who; });
  std::erase_if(profiles_, [&](const profile& each) { return each.asked.from == who; });
}

void admin_core::tick(context& cx) {
  crash_if_due(cx);
  end_levels(cx.now);
  tell_profiles(cx);
  tell_traces(cx);
}

void admin_core::tell_traces(context& cx) {
  if (!next_tell_ || cx.now < *next_tell_) {
    return;
  }
  for (auto at = traces_.begin(); at != traces_.end();) {
    const bool is_over = cx.now >= at->second.tap->end();
    tell(at->first, at->second, is_over, cx);
    if (is_over) {
      const auto whose = at->second.whose;
      at = traces_.erase(at);
      let_go(whose, cx);
    } else {
      ++at;
    }
  }
  next_tell_.reset();
  if (!traces_.empty()) {
    next_tell_ = cx.now + tell_every;
  }
}

std::optional<time_point> admin_core::next_wake() const {
  auto next = traces_.empty() ? std::nullopt : next_tell_;
  if (crash_at_) {
    next = std::min(next.value_or(time_point::max()), *crash_at_);
  }
  for (const auto& each : profiles_) {
    next = std::min(next.value_or(time_point::max()), each.end);
  }
  for (const auto& each : levels_) {
    next = std::min(next.value_or(time_point::max()), each.until);
  }
  return next;
}

} // namespace troupe
