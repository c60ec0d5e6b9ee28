// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/admin/admin_core.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

/// The log of this process for operators: its newest lines, and how much is written for a while.
namespace troupe {

namespace {

constexpr std::array<std::string_view, 4> detail_names{"trace", "debug", "info", "warn"};

error not_here() {
  return {.code = errc::unsupported, .text = "this process keeps no log that can be looked at"};
}

} // namespace

void admin_core::on(const log_query& what, context& cx) {
  if (ports_.log_lines) {
    cx.out.respond(*cx.from, ports_.log_lines(what));
  } else {
    cx.out.respond(*cx.from, not_here());
  }
}

void admin_core::on(const log_level& what, context& cx) {
  const auto found = std::ranges::find(levels_, what.actor, &own_level::actor);
  const bool is_known = found != levels_.end();
  auto fine = [&]() -> result<void> {
    if (!ports_.set_log_level) {
      return not_here();
    }
    if (what.for_ms > limits::log_level_ms_max) {
      return error{.code = errc::invalid_value,
                   .text = "a level lasts at most "
                           + std::to_string(limits::log_level_ms_max / 60'000)
                           + " minutes, so that it is not forgotten",
                   .field = "for_ms"};
    }
    if (what.for_ms > 0 && !is_known && levels_.size() >= levels_max) {
      return error{.code = errc::overloaded,
                   .text = std::to_string(levels_max)
                           + " actors of this process have a level of their own already"};
    }
    return ports_.set_log_level(what.actor,
                                what.for_ms > 0 ? std::optional(what.least) : std::nullopt);
  }();
  const std::string whose =
      what.actor == 0 ? "of the process" : "of actor " + std::to_string(what.actor);
  audit(ports_.audit, what.who,
        what.for_ms == 0 ? "log level " + whose + " as configured"
                         : "log level " + whose + " "
                               + std::string(detail_names.at(static_cast<std::size_t>(what.least)))
                               + " for " + std::to_string(what.for_ms) + " ms",
        fine ? "done" : fine.err().text);
  if (!fine) {
    cx.out.respond(*cx.from, std::move(fine).err());
    return;
  }
  if (is_known) {
    levels_.erase(found);
  }
  if (what.for_ms > 0) {
    levels_.push_back({what.actor, cx.now + std::chrono::milliseconds(what.for_ms)});
  }
  cx.out.respond(*cx.from, log_level_set{});
}

void admin_core::end_levels(time_point now) {
  std::erase_if(levels_, [&](const own_level& one) {
    if (now < one.until) {
      return false;
    }
    (void)ports_.set_log_level(one.actor, std::nullopt);
    return true;
  });
}

} // namespace troupe
