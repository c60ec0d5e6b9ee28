// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/quarantine.hpp"

#include "actors/gateway/model_text.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace troupe {

hash128 fingerprint_of(const prepared& what) {
  const auto model = what.text->digest().value;
  auto seed = mix64(model.high, model.low);
  if (what.seed_given) {
    seed = mix64(seed, what.how.seed);
  }
  return hash_128(std::as_bytes(std::span{what.prompt.data(), what.prompt.size()}), seed);
}

void quarantine::add(quarantined_request what, const hash128& print, time_point now) {
  if (kept_.size() == limits::quarantined_max) {
    kept_.pop_front();
  }
  what.model = what.model.substr(0, text_bytes_max);
  kept_.push_back({std::move(what), print, now});
}

const quarantined_request* quarantine::refuses(const hash128& print, time_point now) {
  const auto found = std::ranges::find_if(
      kept_, [&](const entry& one) { return one.print == print && now - one.at < time_; });
  if (found == kept_.end()) {
    return nullptr;
  }
  ++found->what.refused;
  return &found->what;
}

crashes_report quarantine::report(time_point now) const {
  crashes_report out;
  for (auto at = kept_.rbegin(); at != kept_.rend(); ++at) {
    out.quarantined.push_back(at->what);
    out.quarantined.back().age_ms =
        static_cast<std::uint64_t>(std::max<std::int64_t>((now - at->at) / 1ms, 0));
  }
  return out;
}

} // namespace troupe
