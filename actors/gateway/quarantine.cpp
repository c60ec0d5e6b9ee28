// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/quarantine.hpp"

#include "actors/gateway/model_text.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace troupe {

namespace {

constexpr std::size_t deaths_min = 2; ///< Fewer condemn nobody.
constexpr std::size_t slots_max = 4;

quarantined_request with_age(quarantined_request what, duration age) {
  what.age_ms = static_cast<std::uint64_t>(std::max<std::int64_t>(age / 1ms, 0));
  return what;
}

} // namespace

hash128 fingerprint_of(const prepared& what) {
  const auto model = what.text->digest().value;
  auto seed = mix64(model.high, model.low);
  if (what.seed_given) {
    seed = mix64(seed, what.how.seed);
  }
  hash128 print;
  for (const auto& prompt : what.prompts) {
    print = hash_128(std::as_bytes(std::span{prompt.data(), prompt.size()}), seed);
    seed = mix64(print.high, print.low);
  }
  return print;
}

void quarantine::add(quarantined_request what, const hash128& print, time_point now) {
  if (own_.size() == limits::quarantined_max) {
    own_.pop_front();
  }
  what.model = what.model.substr(0, text_bytes_max);
  own_.push_back({std::move(what), print, now, ++last_no_});
}

bool quarantine::hear(const condemned_request& what, time_point now) {
  const auto& told = what.what;
  if (what.fingerprint == hash128{} || told.slots.size() < deaths_min
      || told.age_ms >= static_cast<std::uint64_t>(time_ / 1ms)
      || find(what.fingerprint, now) != nullptr) {
    return false;
  }
  std::erase_if(heard_, [&](const entry& one) { return !holds(one, now); });
  const auto at = now - 1ms * static_cast<std::int64_t>(told.age_ms);
  if (heard_.size() == limits::quarantined_max) {
    const auto oldest = std::ranges::min_element(heard_, {}, &entry::at);
    if (at <= oldest->at) {
      return false;
    }
    heard_.erase(oldest);
  }
  auto& kept = heard_.emplace_back(entry{told, what.fingerprint, at});
  kept.what.refused = 0;
  kept.what.slots.resize(std::min(kept.what.slots.size(), slots_max));
  return true;
}

quarantine::entry* quarantine::find(const hash128& print, time_point now) {
  for (auto* const all : {&own_, &heard_}) {
    const auto found = std::ranges::find_if(
        *all, [&](const entry& one) { return one.print == print && holds(one, now); });
    if (found != all->end()) {
      return &*found;
    }
  }
  return nullptr;
}

const quarantined_request* quarantine::refuses(const hash128& print, time_point now) {
  auto* const found = find(print, now);
  if (found == nullptr) {
    return nullptr;
  }
  ++found->what.refused;
  return &found->what;
}

std::vector<condemned_request> quarantine::condemned_after(std::uint64_t no, time_point now) const {
  std::vector<condemned_request> out;
  for (const auto& one : own_) {
    if (one.no > no && holds(one, now)) {
      out.push_back({one.print, with_age(one.what, now - one.at)});
    }
  }
  return out;
}

crashes_report quarantine::report(time_point now) const {
  crashes_report out;
  for (const auto* const all : {&own_, &heard_}) {
    for (auto at = all->rbegin(); at != all->rend(); ++at) {
      out.quarantined.push_back(with_age(at->what, now - at->at));
    }
  }
  std::ranges::stable_sort(out.quarantined, {}, &quarantined_request::age_ms);
  if (out.quarantined.size() > limits::quarantined_max) {
    out.quarantined.resize(limits::quarantined_max);
  }
  return out;
}

} // namespace troupe
