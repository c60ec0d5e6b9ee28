// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/admission.hpp"

#include <algorithm>

namespace troupe {

bool admission::take(allowance& from, double burst, double per_s, time_point now) {
  const std::chrono::duration<double> passed = now - from.at;
  from.left = std::min(burst, from.left + passed.count() * per_s);
  from.at = now;
  if (from.left < 1) {
    return false;
  }
  from.left -= 1;
  return true;
}

bool admission::take_for(const std::string& address, time_point now) {
  if (!began_) {
    began_ = true;
    all_ = {.left = bounds_.all_strangers_burst, .at = now};
    others_ = {.left = bounds_.strangers_burst, .at = now};
  }
  if (addresses_.size() >= bounds_.addresses_max && !addresses_.contains(address)) {
    const auto full_again =
        std::chrono::duration<double>(bounds_.strangers_burst / bounds_.strangers_per_s);
    std::erase_if(addresses_, [&](const auto& each) { return now - each.second.at > full_again; });
  }
  auto* mine = &others_;
  if (addresses_.size() < bounds_.addresses_max || addresses_.contains(address)) {
    mine = &addresses_.try_emplace(address, allowance{.left = bounds_.strangers_burst, .at = now})
                .first->second;
  }
  return take(*mine, bounds_.strangers_burst, bounds_.strangers_per_s, now)
         && take(all_, bounds_.all_strangers_burst, bounds_.all_strangers_per_s, now);
}

bool admission::admit(const std::string& address, const keys::public_key& key, time_point now) {
  const bool revoked = believes_->current()->believes.is_revoked(key);
  const std::lock_guard lock(mutex_);
  if (revoked) {
    known_.erase(key);
    ++counts_.revoked;
    return false;
  }
  if (!known_.contains(key) && !take_for(address, now)) {
    ++counts_.too_many;
    return false;
  }
  ++counts_.admitted;
  return true;
}

void admission::proved(const keys::public_key& key) {
  const std::lock_guard lock(mutex_);
  if (known_.size() < bounds_.known_max) {
    known_.insert(key);
  }
}

admission::counters admission::count() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

} // namespace troupe
