// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// What one actor said of itself, or why it did not.
struct service_status {
  node_ref node;
  std::string node_name;
  service what;
  status_report report;
  error why; ///< none: `report` is its answer.
};

struct cluster_status {
  std::vector<member> nodes;
  std::vector<service_status> services;
};

/// Asks the cluster's actors on behalf of operators: the far side of the admin port.
/// Every question ends by its deadline, with what has been answered until then.
class admin_core {
public:
  using handles = message_list<members, status_query>;
  using status_call = std::function<void(cluster_status)>;
  using answer_call = std::function<void(const delivery& answer)>;

  /// Collects the status of every service of every member.
  void collect(status_call done, context& cx);

  /// Edits a slot through the planner. The answer is order_done, order_refused or an error.
  void edit(const scale& what, answer_call done, context& cx);

  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref&, const error&, context&) {}
  void tick(context&) {}
  [[nodiscard]] std::optional<time_point> next_wake() const { return std::nullopt; }
  void check_invariants() const;

private:
  struct collection {
    cluster_status result;
    std::size_t missing = 0;
    status_call done;
  };
  struct pending {
    std::shared_ptr<collection> into;
    std::size_t index = 0;
    answer_call done;
  };

  std::map<node_ref, member> known_;
  std::map<std::uint64_t, pending> pending_;
};

} // namespace troupe
