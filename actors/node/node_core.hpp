// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/actor_groups.hpp"
#include "actors/core/audit.hpp"
#include "actors/core/core.hpp"
#include "actors/core/watch_counts.hpp"
#include "actors/node/crash_log.hpp"
#include "actors/node/process_end.hpp"
#include "actors/node/supervisor.hpp"
#include "messages/leadership.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>

namespace troupe {

/// How a node starts and ends what its slots run: processes of the operating system, or simulated
/// nodes. Non-blocking. `on_exit` of the core follows every successful start, once.
class launcher {
public:
  launcher() = default;
  launcher(const launcher&) = delete;
  launcher& operator=(const launcher&) = delete;
  virtual ~launcher() = default;

  /// Errors: io_failed. Returns the process's number.
  [[nodiscard]] virtual result<std::int64_t> start(const std::string& slot,
                                                   const slot_config& what) = 0;

  /// Asks it to end in good order; it is killed if it does not.
  virtual void stop(std::int64_t pid) = 0;

  /// Ends it at once.
  virtual void kill(std::int64_t pid) = 0;
};

struct node_config {
  std::string name = "node";
  supervision restarts; ///< Of a slot by itself, and of groups that are not among `groups`.
  std::map<std::string, supervision> groups; ///< By the name in `slot_config::group`.
  std::size_t slots_max = 256;
  std::size_t planners_max = 64;   ///< Who is told of each change: planners and shells.
  audit_sink log;                  ///< Of operators' orders.
  bool obeys_older_epochs = false; ///< A planted defect, for the simulation.
};

/// Of one slot, for metrics.
struct slot_stats {
  bool running = false;
  std::uint32_t restarts = 0; ///< Since the node started.
  bool gave_up = false;
};

/// Keeps its desired set of processes running, each group as its supervisor decides: what dies is
/// started again at once, with a growing delay when it keeps dying, and not at all when it died too
/// often; then only an order begins anew. A planner only edits the set, by orders that name the
/// generation they change. Gateways are told of each death, and what is known of it is remembered.
/// Checked: test/unit/node/node_core_test.cpp
class node_core {
public:
  using handles =
      message_list<order, plan_query, members, status_query, crash_held, crashes_query, spawn>;

  node_core(node_config config, node_ref self, launcher& launch);

  /// A slot of the initial desired set (the cluster file).
  void want(const std::string& slot, const slot_config& what, context& cx);

  void on_exit(std::int64_t pid, const process_end& how, context& cx);

  /// Stops everything; `all_stopped` says when it has ended.
  void stop_all(context& cx);
  [[nodiscard]] bool all_stopped() const;

  void on(const order& what, context& cx);
  void on(const plan_query& what, context& cx);
  void on(const members& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const crash_held& what, context& cx);
  void on(const crashes_query& what, context& cx);
  void on(const spawn& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] std::map<std::string, slot_stats> stats() const;
  [[nodiscard]] crashes_report crashes(time_point now) const { return crashes_.report(now); }
  [[nodiscard]] const leadership& epoch() const { return epoch_; }

private:
  struct slot {
    slot_config want;
    bool run = true;
    std::uint64_t generation = 1;
    slot_phase phase = slot_phase::stopped;
    std::int64_t pid = 0;
    std::uint32_t restarts = 0;
    time_point start_at;       ///< With backing_off.
    bool is_temporary = false; ///< Runs once, for who spawned it.
    bool kill_ordered = false; ///< Its next death counts for nobody.
    time_point started;
    std::string last_end;
    std::string gave_up;
  };

  using table = std::map<std::string, slot>;

  void end_process(const order& what, context& cx);
  void edit(const order& what, context& cx);
  void refuse(const order& what, error why, context& cx);
  void done(const order& what, std::uint64_t generation, context& cx);
  struct spawn_by {
    delivery asked;
    bool monitor = false;
    bool link = false;
    bool is_answered = false;
  };

  // node_spawns.cpp
  void start_spawned(const spawn& what, context& cx);
  void spawned_is_member(const member& who, context& cx);
  void spawned_ended(const std::string& name, bool died, context& cx);
  void owner_down(const actor_ref& who, context& cx);
  void drop_slot(const std::string& name);

  // node_restarts.cpp
  [[nodiscard]] supervisor& group_of(const std::string& name, const slot& which);
  void leave_group(const std::string& name, const slot& which);
  void died(const std::string& name, slot& which, const process_end& how, context& cx);
  void record(const std::string& name, const slot& which, const process_end& how, context& cx);
  void handle_death(const std::string& name, const slot& which, context& cx);
  void give_up(const std::string& name, const slot& which, const restart_plan& what);
  void begin_anew(const std::string& name, slot& which);
  [[nodiscard]] bool is_clearing(const supervisor& group) const;
  [[nodiscard]] bool waits_for_others(const std::string& name, const slot& which) const;
  void resume(const supervisor& group, context& cx);

  void start_slot(const std::string& name, slot& which, context& cx);
  void settle(const std::string& name, slot& which, context& cx);
  void report(context& cx);
  [[nodiscard]] plan_report plan() const;

  node_config config_;
  node_ref self_;
  launcher& launch_;
  table slots_;
  std::map<std::string, supervisor> groups_;
  std::map<std::string, spawn_by> spawns_; ///< By slot, while its owner is there.
  watch_counts watches_;                   ///< Of planners and owners.
  actor_groups others_;
  crash_log crashes_;
  std::set<actor_ref> planners_;
  leadership epoch_; ///< The highest heard of; orders of lower ones are refused.
  bool stopping_ = false;
};

} // namespace troupe
