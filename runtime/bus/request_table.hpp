// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

namespace troupe {

/// A request that was carried and not answered yet. `session` is where it came from or went to; 0
/// if both sides are here.
struct open_request {
  actor_ref requester;
  std::uint64_t id = 0;
  actor_ref target;
  std::uint64_t session = 0;
  time_point deadline = time_point::max();
};

/// Open requests, so that each is answered exactly once whoever dies.
/// Cost: O(log n), by session or actor O(n). Checked: test/unit/bus/bus_test.cpp
class request_table {
public:
  /// False if the requester used this number already.
  bool add(const open_request& what);
  std::optional<open_request> take(const actor_ref& requester, std::uint64_t id);
  /// Only if it went by that session: no peer ends another's request.
  std::optional<open_request> take_of(const actor_ref& requester, std::uint64_t id,
                                      std::uint64_t session);

  std::vector<open_request> take_due(time_point now);
  std::vector<open_request> take_session(std::uint64_t session);
  std::vector<open_request> take_target(const actor_ref& target);
  void drop_requester(const actor_ref& requester);
  void clear();

  [[nodiscard]] time_point next_deadline() const;
  [[nodiscard]] std::size_t size() const { return open_.size(); }

private:
  using key = std::pair<actor_ref, std::uint64_t>;
  template <class Match>
  std::vector<open_request> take_if(Match match);

  std::map<key, open_request> open_;
  std::set<std::pair<time_point, key>> due_;
};

} // namespace troupe
