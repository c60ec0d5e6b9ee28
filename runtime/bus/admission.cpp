// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/admission.hpp"

#include "runtime/bus/source_network.hpp"

#include <algorithm>

namespace troupe {

bool admission::take_for(const std::string& network, time_point now) {
  if (!began_) {
    began_ = true;
    all_ = allowance::full(bounds_.all_strangers, now);
    others_ = allowance::full(bounds_.strangers, now);
  }
  if (networks_.size() >= bounds_.networks_max && !networks_.contains(network)) {
    const auto full_again =
        std::chrono::duration<double>(bounds_.strangers.burst / bounds_.strangers.per_s);
    std::erase_if(networks_, [&](const auto& each) { return now - each.second.at > full_again; });
  }
  auto* mine = &others_;
  if (networks_.size() < bounds_.networks_max || networks_.contains(network)) {
    mine = &networks_.try_emplace(network, allowance::full(bounds_.strangers, now)).first->second;
  }
  return mine->take(bounds_.strangers, now) && all_.take(bounds_.all_strangers, now);
}

void admission::came(const std::string& network, time_point now) {
  const std::lock_guard lock(mutex_);
  newcomers_.came(network, now);
}

newcomers::barred_list admission::barred(time_point now) {
  const std::lock_guard lock(mutex_);
  return newcomers_.barred(now);
}

bool admission::admit(const std::string& address, const keys::public_key& key, time_point now) {
  const bool revoked = believes_->current()->believes.is_revoked(key);
  const auto network = source_network(address);
  const std::lock_guard lock(mutex_);
  if (revoked) {
    known_.erase(key);
    ++counts_.revoked;
    return false;
  }
  if (known_.contains(key)) {
    newcomers_.proved(network);
  } else if (!take_for(network, now)) {
    ++counts_.too_many;
    return false;
  } else {
    if (unproved_.size() >= bounds_.known_max) {
      unproved_.clear();
    }
    unproved_.insert_or_assign(key, network);
  }
  ++counts_.admitted;
  return true;
}

void admission::proved(const keys::public_key& key) {
  const std::lock_guard lock(mutex_);
  if (const auto at = unproved_.find(key); at != unproved_.end()) {
    newcomers_.proved(at->second);
    unproved_.erase(at);
  }
  if (known_.size() < bounds_.known_max) {
    known_.insert(key);
  }
}

admission::counters admission::count() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

} // namespace troupe
