// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/known_endpoints.hpp"

#include <utility>

namespace troupe {

known_endpoints::entry* known_endpoints::find_or_make(const node_ref& who) {
  if (const auto found = all_.find(who); found != all_.end()) {
    return &found->second;
  }
  return all_.size() < most ? &all_[who] : nullptr;
}

void known_endpoints::learn(const node_ref& who, std::vector<std::string> endpoints) {
  if (auto* kept = find_or_make(who)) {
    kept->endpoints = std::move(endpoints);
    kept->is = standing::member;
  }
}

void known_endpoints::unlearn(const node_ref& who) {
  const auto found = all_.find(who);
  if (found == all_.end()) {
    return;
  }
  if (found->second.has_session) {
    found->second.is = standing::former;
  } else {
    all_.erase(found);
  }
}

void known_endpoints::session_stands(const node_ref& who,
                                     const std::vector<std::string>& endpoints) {
  if (auto* kept = find_or_make(who)) {
    kept->endpoints = endpoints;
    kept->has_session = true;
  }
}

void known_endpoints::session_ended(const node_ref& who) {
  const auto found = all_.find(who);
  if (found == all_.end()) {
    return;
  }
  found->second.has_session = false;
  if (found->second.is == standing::former) {
    all_.erase(found);
  } else if (found->second.is == standing::stranger) {
    remember_stranger(who);
  }
}

void known_endpoints::remember_stranger(const node_ref& who) {
  std::erase(strangers_, who);
  strangers_.push_back(who);
  if (strangers_.size() <= strangers_max) {
    return;
  }
  const auto oldest = all_.find(strangers_.front());
  strangers_.pop_front();
  const bool is_idle = oldest != all_.end() && oldest->second.is == standing::stranger
                       && !oldest->second.has_session;
  if (is_idle) {
    all_.erase(oldest);
  }
}

const std::vector<std::string>* known_endpoints::find(const node_ref& who) const {
  const auto found = all_.find(who);
  return found == all_.end() ? nullptr : &found->second.endpoints;
}

} // namespace troupe
