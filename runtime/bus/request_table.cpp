// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/request_table.hpp"

namespace troupe {

bool request_table::add(const open_request& what) {
  const key at{what.requester, what.id};
  if (!open_.emplace(at, what).second) {
    return false;
  }
  if (what.deadline != time_point::max()) {
    due_.emplace(what.deadline, at);
  }
  return true;
}

std::optional<open_request> request_table::take(const actor_ref& requester, std::uint64_t id) {
  const auto at = open_.find({requester, id});
  if (at == open_.end()) {
    return std::nullopt;
  }
  auto what = at->second;
  due_.erase({what.deadline, at->first});
  open_.erase(at);
  return what;
}

std::optional<open_request> request_table::take_of(const actor_ref& requester, std::uint64_t id,
                                                   std::uint64_t session) {
  const auto at = open_.find({requester, id});
  return at == open_.end() || at->second.session != session ? std::nullopt : take(requester, id);
}

template <class Match>
std::vector<open_request> request_table::take_if(Match match) {
  std::vector<open_request> found;
  for (auto at = open_.begin(); at != open_.end();) {
    if (match(at->second)) {
      due_.erase({at->second.deadline, at->first});
      found.push_back(at->second);
      at = open_.erase(at);
    } else {
      ++at;
    }
  }
  return found;
}

std::vector<open_request> request_table::take_due(time_point now) {
  std::vector<open_request> found;
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto at = due_.begin()->second;
    found.push_back(*take(at.first, at.second));
  }
  return found;
}

std::vector<open_request> request_table::take_session(std::uint64_t session) {
  return take_if([&](const open_request& each) { return each.session == session; });
}

std::vector<open_request> request_table::take_target(const actor_ref& target) {
  return take_if([&](const open_request& each) { return each.target == target; });
}

void request_table::drop_requester(const actor_ref& requester) {
  (void)take_if([&](const open_request& each) { return each.requester == requester; });
}

void request_table::clear() {
  open_.clear();
  due_.clear();
}

time_point request_table::next_deadline() const {
  return due_.empty() ? time_point::max() : due_.begin()->first;
}

} // namespace troupe
