// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "messages/worker.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace troupe {

/// Which routers, workers, agents and other gateways there are, as the directory says; a gateway's
/// view. Removal stops new use only; what a directory of a newer epoch does not know yet is kept
/// (absence from a young directory means nothing). Checked: test/unit/gateway/cluster_view_test.cpp
class cluster_view {
public:
  /// `home`: its routers are preferred, they share our fate and our host.
  explicit cluster_view(node_ref home) : home_(home) {}

  void apply(const members& what);

  /// The router to ask now; nobody if there is none that is not resting.
  [[nodiscard]] actor_ref pick_router(time_point now) const;

  /// Down or silent: not picked until `until`.
  void rest_router(const actor_ref& who, time_point until);

  struct model_source {
    model_digest digest;
    std::vector<actor_ref> workers; ///< In order of their refs.
  };

  /// Per served name the digest that most of its workers have, and those workers.
  [[nodiscard]] std::map<std::string, model_source> models() const;

  struct worker {
    node_ref node;
    std::string node_name;
    role_set roles = 0;
    std::string model;
    model_digest digest;
  };

  /// By the name of its node.
  [[nodiscard]] std::optional<worker> find_worker(const std::string& node_name) const;

  /// Whether it starts processes, and so may tell of their deaths.
  [[nodiscard]] bool is_agent(const actor_ref& who) const { return agents_.contains(who); }
  [[nodiscard]] std::size_t agent_count() const { return agents_.size(); }

  /// Those of other nodes.
  [[nodiscard]] const std::set<actor_ref>& gateways() const { return gateways_; }

  [[nodiscard]] std::size_t router_count() const { return routers_.size(); }
  [[nodiscard]] std::size_t worker_count() const { return workers_.size(); }

private:
  void forget(const node_ref& node);
  void add(const member& who);

  node_ref home_;
  std::uint64_t epoch_ = 0;
  std::map<actor_ref, time_point> routers_; ///< Resting until.
  std::map<actor_ref, worker> workers_;
  std::set<actor_ref> agents_;
  std::set<actor_ref> gateways_;
};

} // namespace troupe
