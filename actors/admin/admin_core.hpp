// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/audit.hpp"
#include "actors/core/core.hpp"
#include "actors/shell/trace_tap.hpp"
#include "runtime/base/result.hpp"
#include "runtime/bus/disturbance.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
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

/// What an admin may do to its process. Non-blocking; an empty function means: cannot.
struct admin_ports {
  std::function<node_report()> look;

  /// Taps an actor of this process, until the tap is let go. Null: no such actor.
  std::function<std::shared_ptr<trace_tap>(std::uint64_t actor, const trace_bounds&)> tap;

  /// What waits for an actor of this process. Nothing: no such actor.
  std::function<std::optional<mailbox_report>(std::uint64_t actor)> mailbox;

  /// Profiles an actor of this process until the function, which tells what was seen, is let go.
  /// Empty: no such actor.
  std::function<std::function<profile_report(time_point now)>(std::uint64_t actor)> profile;

  /// Does that to the frames of a peer. Errors: overloaded.
  std::function<result<void>(const node_ref& peer, const disturbance& what)> disturb;

  /// Ends the process as a broken invariant does; does not return. Simulated processes return.
  std::function<void()> crash;

  /// The newest lines of its log.
  std::function<log_report(const log_query& what)> log_lines;

  /// The least level of an actor's lines (0: of all), or as configured. Errors: not_found,
  /// overloaded.
  std::function<result<void>(std::uint64_t actor, std::optional<log_detail> least)> set_log_level;

  audit_sink audit;
};

/// Asks the cluster's actors on behalf of operators, and shows them its own process: the far side
/// of the admin port and of shells. Every question ends by its deadline, with what has been
/// answered until then; every trace and profile by its own, and with who asked for it.
/// Checked: test/unit/admin/admin_core_test.cpp, admin_trace_test.cpp, admin_profile_test.cpp,
///   admin_disturb_test.cpp, admin_log_test.cpp
class admin_core {
public:
  using handles =
      message_list<members, status_query, node_query, trace_start, trace_stop, operator_note,
                   mailbox_query, profile_query, disturb_link, crash_process, log_query, log_level>;
  using status_call = std::function<void(cluster_status)>;
  using answer_call = std::function<void(const delivery& answer)>;

  explicit admin_core(admin_ports ports = {}) : ports_(std::move(ports)) {}

  /// Collects the status of every service of every member.
  void collect(status_call done, context& cx);

  /// Edits a slot through the planner. The answer is order_done, order_refused or an error.
  void edit(const scale& what, answer_call done, context& cx);

  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const node_query& what, context& cx);
  void on(const trace_start& what, context& cx);
  void on(const trace_stop& what, context& cx);
  void on(const operator_note& what, context& cx);
  void on(const mailbox_query& what, context& cx);
  void on(const profile_query& what, context& cx);
  void on(const disturb_link& what, context& cx);
  void on(const crash_process& what, context& cx);
  void on(const log_query& what, context& cx);
  void on(const log_level& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
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

  struct trace {
    actor_ref whose;
    std::shared_ptr<trace_tap> tap;
  };

  static constexpr std::size_t traces_max = 16;
  static constexpr std::size_t profiles_max = 16;
  static constexpr std::size_t levels_max = 16;

  struct own_level {
    std::uint64_t actor = 0;
    time_point until;
  };

  struct profile {
    delivery asked;
    time_point end;
    std::function<profile_report(time_point now)> tell;
  };

  void crash_if_due(context& cx);
  void end_levels(time_point now);
  void tell_profiles(context& cx);
  void tell_traces(context& cx);
  void tell(std::uint64_t number, const trace& which, bool last, context& cx);
  void let_go(const actor_ref& whose, context& cx);

  admin_ports ports_;
  std::map<std::uint64_t, trace> traces_;
  std::uint64_t last_trace_ = 0;
  std::optional<time_point> next_tell_; ///< While there are traces.
  std::vector<profile> profiles_;
  std::vector<own_level> levels_; ///< Of the log; each ends by itself.
  std::optional<time_point> crash_at_;
  std::map<node_ref, member> known_;
  std::map<std::uint64_t, pending> pending_;
};

} // namespace troupe
