// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/lost_workers.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

const lost_workers::life_lost* lost_workers::find(const node_ref& life) const {
  const auto found = std::ranges::find(lives_, life, &life_lost::life);
  return found == lives_.end() ? nullptr : &*found;
}

lost_workers::life_lost& lost_workers::of(const node_ref& life) {
  const auto found = std::ranges::find(lives_, life, &life_lost::life);
  if (found != lives_.end()) {
    return *found;
  }
  if (lives_.size() == lives_max) {
    lives_.pop_front();
  }
  return lives_.emplace_back(life_lost{.life = life});
}

void lost_workers::lost(const node_ref& life, request_id request) {
  auto& one = of(life);
  if (one.requests.size() < limits::held_requests_max) {
    one.requests.insert(request);
  } else if (!one.requests.contains(request)) {
    ++one.more;
  }
}

bool lost_workers::told(const node_ref& life) {
  return life != node_ref{} && !std::exchange(of(life).is_told, true);
}

bool lost_workers::is_told(const node_ref& life) const {
  const auto* one = find(life);
  return one != nullptr && one->is_told;
}

crash_held lost_workers::held(const node_ref& life, std::uint64_t no) const {
  crash_held out{.no = no};
  if (const auto* one = find(life)) {
    out.requests.assign(one->requests.begin(), one->requests.end());
    out.more = one->more;
  }
  return out;
}

} // namespace troupe
