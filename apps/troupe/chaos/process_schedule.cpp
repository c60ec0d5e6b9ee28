// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/process_schedule.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace troupe::chaos {

namespace {

constexpr std::array<std::pair<process_harm, std::string_view>, 3> all_harms{{
    {process_harm::kill, "kill"},
    {process_harm::stop, "stop"},
    {process_harm::terminate, "terminate"},
}};

duration draw(rng& draws, duration least, duration most) {
  const auto width = static_cast<std::uint64_t>((most - least).count());
  return least + duration(static_cast<duration::rep>(draws.below(width + 1)));
}

} // namespace

std::string_view name_of(process_harm what) {
  return all_harms.at(static_cast<std::size_t>(what)).second;
}

result<std::vector<process_harm>> parse_process_harms(const std::vector<std::string>& names) {
  std::vector<process_harm> out;
  for (const auto& name : names) {
    const auto found =
        std::ranges::find(all_harms, name, [](const auto& each) { return each.second; });
    if (found == all_harms.end()) {
      return error{.code = errc::invalid_value,
                   .text = "'" + name
                           + "' is nothing to do to a process; there are kill, stop and "
                             "terminate",
                   .field = "chaos.harms"};
    }
    out.push_back(found->first);
  }
  if (out.empty()) {
    out = {process_harm::kill, process_harm::stop, process_harm::terminate};
  }
  return out;
}

std::vector<planned_harm> plan_harm(std::uint64_t seed, const harm_ranges& ranges) {
  TROUPE_CHECK(!ranges.kinds.empty() && !ranges.names.empty());
  TROUPE_CHECK(ranges.every > duration{0} && ranges.stop_max > duration{0});
  rng draws(seed);
  std::map<std::string, duration> stopped_till;
  std::vector<planned_harm> out;
  auto at = draw(draws, ranges.every / 4, ranges.every * 7 / 4);
  while (at < ranges.length) {
    planned_harm next{.at = at,
                      .what = ranges.kinds[draws.below(ranges.kinds.size())],
                      .whom = ranges.names[draws.below(ranges.names.size())]};
    const auto stopped = draw(draws, ranges.stop_max / 8, ranges.stop_max);
    if (next.what == process_harm::stop) {
      next.stopped = stopped;
    }
    if (at >= stopped_till[next.whom]) {
      stopped_till[next.whom] = at + next.stopped;
      out.push_back(std::move(next));
    }
    at += draw(draws, ranges.every / 4, ranges.every * 7 / 4);
  }
  return out;
}

void load_floor::saw(const std::string& gateway, std::int64_t life, std::uint64_t ended) {
  const auto found = std::ranges::find(counters_, gateway, &counter::gateway);
  if (found == counters_.end()) {
    counters_.push_back({gateway, life, ended});
    return;
  }
  const bool goes_on = found->life == life && ended >= found->last;
  ended_ += goes_on ? ended - found->last : ended;
  found->life = life;
  found->last = ended;
}

double load_floor::per_second(duration took) const {
  return took <= duration{0} ? 0 : static_cast<double>(ended_) / to_seconds(took);
}

} // namespace troupe::chaos
