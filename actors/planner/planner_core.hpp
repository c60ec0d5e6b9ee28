// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "messages/leadership.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>

namespace troupe {

struct planner_config {
  std::string name = "planner";
  std::size_t pending_max = 256; ///< Orders an operator waits for.
  duration order_timeout = 5s;
  duration relink_after = 200ms; ///< Between attempts to reach a member whose link broke.
};

/// Sees what the workers and nodes report, shows it, and edits the nodes' desired state when an
/// operator says so. Owns the targets and nothing that serves: without it, serving goes on.
/// Checked: test/unit/planner/planner_core_test.cpp
class planner_core {
public:
  using handles =
      message_list<members, plan_report, worker_report, scale, status_query, edits_query>;

  explicit planner_core(planner_config config);

  void on(const members& what, context& cx);
  void on(const plan_report& what, context& cx);
  void on(const worker_report& what, context& cx);
  void on(const scale& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const edits_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] const leadership& epoch() const { return epoch_; }
  /// Whether that node's agent has told its plan and its link stands: it can be ordered about.
  [[nodiscard]] bool can_order(const node_ref& node) const;

private:
  struct node_view {
    std::string name;
    plan_report plan;
    bool reported = false;
    bool is_up = true;
    time_point retry_at; ///< While it is not.
  };

  struct waiting_edit {
    delivery asked; ///< The operator's question.
    std::uint64_t no = 0;
  };
  struct past_edit {
    std::uint64_t no = 0;
    time_point at;
    edit_record what;
  };

  void follow(const actor_ref& who, node_view& which, context& cx);
  std::uint64_t note(const scale& what, const std::string& node, time_point now);
  void note_outcome(std::uint64_t no, std::string outcome, std::uint64_t generation);

  /// Where a slot is, or would be made: on the node asked for, else on the first.
  [[nodiscard]] std::map<actor_ref, node_view>::const_iterator home_of(const scale& what) const;

  planner_config config_;
  leadership epoch_; ///< The highest heard of.
  std::map<actor_ref, node_view> nodes_;
  std::map<worker_id, worker_report> workers_;
  std::map<std::uint64_t, waiting_edit> pending_; ///< By our request.
  std::deque<past_edit> edits_;                   ///< The newest last.
  std::uint64_t last_edit_ = 0;
};

} // namespace troupe
