// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_ref.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

namespace troupe {

/// Where other nodes are reached: as told by who says who belongs to the cluster (learn), and by
/// the peers themselves (sessions). Who belongs no more is forgotten with its session; of those who
/// never did, the last few are remembered. So a node that sees many come and go does not grow.
/// Checked: test/unit/bus/known_endpoints_test.cpp
class known_endpoints {
public:
  static constexpr std::size_t most = 16'384;      ///< Beyond that nobody new is known.
  static constexpr std::size_t strangers_max = 64; ///< Without a session.

  void learn(const node_ref& who, std::vector<std::string> endpoints);
  void unlearn(const node_ref& who);
  void session_stands(const node_ref& who, const std::vector<std::string>& endpoints);
  void session_ended(const node_ref& who);

  /// nullptr: unknown.
  [[nodiscard]] const std::vector<std::string>* find(const node_ref& who) const;
  [[nodiscard]] std::size_t size() const { return all_.size(); }

private:
  enum class standing : std::uint8_t { stranger, member, former };
  struct entry {
    std::vector<std::string> endpoints;
    standing is = standing::stranger;
    bool has_session = false;
  };

  entry* find_or_make(const node_ref& who);
  void remember_stranger(const node_ref& who);

  std::map<node_ref, entry> all_;
  std::deque<node_ref> strangers_; ///< Whose session ended, the oldest first; perhaps back since.
};

} // namespace troupe
