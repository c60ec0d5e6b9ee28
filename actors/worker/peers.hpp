// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "runtime/bus/actor_ref.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// Whom of the cluster a worker speaks to unasked: routers and planners hear its reports, shards
/// keep what it offers. Thread: inside the actor. Memory: bounded by members_max nodes.
class peers {
public:
  /// Returns those that shall hear reports and did not before.
  std::vector<actor_ref> on(const members& what);

  [[nodiscard]] const std::vector<actor_ref>& listeners() const { return listeners_; }
  [[nodiscard]] const std::vector<actor_ref>& shards() const { return shards_; }

  /// The shard for a prompt, by its first block: every worker chooses the same one, and few prompts
  /// move when shards come and go (highest random weight).
  [[nodiscard]] std::optional<actor_ref> shard_for(block_name head) const;

private:
  struct known_node {
    std::vector<actor_ref> listeners;
    std::vector<actor_ref> shards;
  };

  std::map<node_ref, known_node> nodes_;
  std::vector<actor_ref> listeners_;
  std::vector<actor_ref> shards_;
};

} // namespace troupe
