// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/crash.hpp"

#include <cstddef>
#include <deque>
#include <set>

namespace troupe {

/// What a gateway lost with each life of a worker, and whether that life's agent has told of its
/// death yet; the two come in either order. Of the last `lives_max` lives.
/// Thread: inside the actor. Checked: test/unit/gateway/suspicion_test.cpp
class lost_workers {
public:
  static constexpr std::size_t lives_max = 64;

  /// A stream of this request was at that worker when it was lost.
  void lost(const node_ref& life, request_id request);

  /// Its agent has told. False: it had before, or nobody says which life it was.
  bool told(const node_ref& life);
  [[nodiscard]] bool is_told(const node_ref& life) const;

  /// What was lost with it, each once, for its agent.
  [[nodiscard]] crash_held held(const node_ref& life, std::uint64_t no) const;

  [[nodiscard]] std::size_t size() const { return lives_.size(); }

private:
  struct life_lost {
    node_ref life;
    bool is_told = false;
    std::set<request_id> requests;
    std::uint32_t more = 0;
  };

  [[nodiscard]] const life_lost* find(const node_ref& life) const;
  life_lost& of(const node_ref& life);

  std::deque<life_lost> lives_; ///< The oldest first.
};

} // namespace troupe
