// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/supervisor.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe {

std::optional<restart_strategy> parse_restart_strategy(std::string_view text) {
  if (text == "one_for_one") {
    return restart_strategy::one_for_one;
  }
  if (text == "rest_for_one") {
    return restart_strategy::rest_for_one;
  }
  return std::nullopt;
}

void supervisor::add(const std::string& child) {
  if (std::ranges::find(children_, child) == children_.end()) {
    children_.push_back(child);
  }
}

void supervisor::remove(const std::string& child) {
  std::erase(children_, child);
}

duration supervisor::delay() const {
  auto wait = how_.backoff_min;
  if (deaths_.size() <= how_.prompt_max) {
    return duration{0};
  }
  for (auto more = deaths_.size() - how_.prompt_max; more > 1 && wait < how_.backoff_max; --more) {
    wait *= 2;
  }
  return std::min(wait, how_.backoff_max);
}

restart_plan supervisor::died(const std::string& child, time_point now) {
  const auto at = std::ranges::find(children_, child);
  TROUPE_CHECK(at != children_.end());
  while (!deaths_.empty() && now - deaths_.front() > how_.period) {
    deaths_.pop_front();
  }
  deaths_.push_back(now);
  restart_plan out{.restart = {child}, .deaths = static_cast<std::uint32_t>(deaths_.size())};
  if (how_.strategy == restart_strategy::rest_for_one) {
    out.restart.assign(at, children_.end());
    out.stop_first.assign(children_.rbegin(), std::make_reverse_iterator(at + 1));
  }
  if (deaths_.size() > how_.intensity) {
    deaths_.pop_front();
    out.gives_up = true;
  } else {
    out.after = delay();
  }
  return out;
}

} // namespace troupe
