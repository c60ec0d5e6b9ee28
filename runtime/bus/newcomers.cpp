// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/newcomers.hpp"

#include <algorithm>

namespace troupe {

namespace {

constexpr auto barred_for = 1s;
constexpr auto forget_every = 1s; ///< It looks at all.

} // namespace

void newcomers::forget_if_due(time_point now) {
  if (forgot_ != time_point::min() && now - forgot_ < forget_every) {
    return;
  }
  forgot_ = now;
  for (auto& [network, each] : networks_) {
    each.refill(bounds_.rate, now);
  }
  std::erase_if(networks_,
                [&](const auto& each) { return each.second.left >= bounds_.rate.burst; });
}

void newcomers::came(const std::string& network, time_point now) {
  if (networks_.size() >= bounds_.networks_max && !networks_.contains(network)) {
    forget_if_due(now);
    if (networks_.size() >= bounds_.networks_max) {
      return;
    }
  }
  auto& mine = networks_.try_emplace(network, allowance::full(bounds_.rate, now)).first->second;
  (void)mine.take(bounds_.rate, now);
  if (mine.left >= 1) {
    return;
  }
  if (barred_.size() >= bounds_.barred_max) {
    end_bars(now);
  }
  if (barred_.size() < bounds_.barred_max || barred_.contains(network)) {
    barred_[network] = now + barred_for;
  }
}

void newcomers::proved(const std::string& network) {
  const auto at = networks_.find(network);
  if (at != networks_.end()) {
    // A proof may be seen before its connection is: more than a burst is kept.
    at->second.left = std::min(2 * bounds_.rate.burst, at->second.left + 1);
  }
  barred_.erase(network);
}

void newcomers::end_bars(time_point now) {
  std::erase_if(barred_, [&](const auto& each) { return each.second <= now; });
}

newcomers::barred_list newcomers::barred(time_point now) {
  end_bars(now);
  barred_list out;
  for (const auto& [network, until] : barred_) {
    out.networks.push_back(network);
    out.until = std::min(out.until, until);
  }
  return out;
}

} // namespace troupe
