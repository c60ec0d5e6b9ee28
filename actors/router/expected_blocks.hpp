// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <unordered_map>
#include <utility>

namespace troupe {

/// Blocks that a worker will soon have, because a prompt of theirs was just placed there: until its
/// log says so, or for so long.
/// Cost: O(1) each, `expire` O(what ends). Memory: count_max names, and of ends four
/// times that or 256.
/// Thread: inside the router. Checked: test/unit/router/expected_blocks_test.cpp
class expected_blocks {
public:
  expected_blocks(std::size_t count_max, duration ttl) : count_max_(count_max), ttl_(ttl) {}

  /// False: full. One that is expected already is expected anew.
  bool expect(block_name name, time_point now);
  void arrived(block_name name) { until_.erase(name); }
  void clear();
  void expire(time_point now);

  [[nodiscard]] bool has(block_name name, time_point now) const;
  [[nodiscard]] std::size_t size() const { return until_.size(); }
  [[nodiscard]] std::size_t ends_kept() const { return ends_.size(); }

  /// When `expire` next has something to do.
  [[nodiscard]] std::optional<time_point> next_expiry() const;

private:
  struct end {
    time_point when;
    block_name name;
  };
  void drop_stale_ends();

  std::size_t count_max_;
  duration ttl_;
  std::unordered_map<block_name, time_point> until_;
  std::deque<end> ends_; ///< By time; stale where until_ says otherwise.
};

} // namespace troupe
