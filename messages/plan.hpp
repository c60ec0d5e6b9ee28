// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// Desired state: a planner only edits what a node shall run; the node does it and restarts what
/// dies. A slot is one process of a node: its name is the process's node name.
namespace troupe {

enum class slot_phase : std::uint8_t {
  stopped = 0,
  starting = 1,
  running = 2,
  backing_off = 3, ///< Died too often; waits before the next start.
  stopping = 4,
};
constexpr slot_phase last_enumerator(slot_phase) {
  return slot_phase::stopping;
}

/// What a slot runs: the config struct of a process.
struct slot_config {
  std::string roles; ///< As in --role: gateway,router,prefill,decode,worker,cache.
  std::string model;
  std::uint16_t http_port = 0;
  std::vector<std::string> extra; ///< More flags, each checked by the option table.
  std::string group;              ///< Who is kept running together with it; empty: nobody.

  static constexpr auto fields() {
    return std::tuple{
        field(1, "roles", &slot_config::roles), field(2, "model", &slot_config::model),
        field(3, "http_port", &slot_config::http_port), field(4, "extra", &slot_config::extra, 64),
        field(5, "group", &slot_config::group)};
  }
};

/// What an order does to its slot.
enum class slot_act : std::uint8_t {
  edit = 0,    ///< Run or stop it, as `want` says.
  restart = 1, ///< End its process in good order; it is started again.
  kill = 2,    ///< The same at once: whatever it does is lost.
};
constexpr slot_act last_enumerator(slot_act) {
  return slot_act::kill;
}

/// PLANNER to NODE: edit one slot, if its generation is still the expected one. Answered by
/// `order_done` or `order_refused`.
struct order {
  static constexpr wire_type type = 70;
  static constexpr std::string_view name = "order";
  static constexpr traffic traffic_class = traffic::request;

  std::uint64_t epoch = 0; ///< Of the leader; older ones are refused.
  incarnation node;        ///< Of the node the order is for.
  std::string slot;
  std::uint64_t expected_generation = 0; ///< 0: the slot is new.
  bool run = false;                      ///< False: stop it.
  slot_config want;
  slot_act act = slot_act::edit;
  std::string who; ///< The operator, for the node's log; empty: the planner itself.
  node_ref leader; ///< Of that epoch.

  static constexpr auto fields() {
    return std::tuple{field(1, "epoch", &order::epoch),
                      field(2, "node", &order::node),
                      field(3, "slot", &order::slot),
                      field(4, "expected_generation", &order::expected_generation),
                      field(5, "run", &order::run),
                      field(6, "want", &order::want),
                      field(7, "act", &order::act),
                      field(8, "who", &order::who),
                      field(9, "leader", &order::leader)};
  }
};

/// NODE to PLANNER.
struct order_done {
  static constexpr wire_type type = 71;
  static constexpr std::string_view name = "order_done";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string slot;
  std::uint64_t generation = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &order_done::slot),
                      field(2, "generation", &order_done::generation)};
  }
};

/// NODE to PLANNER: the slot is at this generation.
struct order_refused {
  static constexpr wire_type type = 72;
  static constexpr std::string_view name = "order_refused";
  static constexpr traffic traffic_class = traffic::ordered;

  std::string slot;
  std::uint64_t current = 0;
  error why;

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &order_refused::slot),
                      field(2, "current", &order_refused::current),
                      field(3, "why", &order_refused::why)};
  }
};

/// A slot as it is.
struct slot_report {
  std::string slot;
  std::uint64_t generation = 0;
  slot_phase phase = slot_phase::stopped;
  slot_config want;
  std::int64_t pid = 0;
  std::uint32_t restarts = 0;
  std::string last_end; ///< How the last process ended.
  std::string gave_up;  ///< Why it is not started again, and the remedy; empty: it is.

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &slot_report::slot),
                      field(2, "generation", &slot_report::generation),
                      field(3, "phase", &slot_report::phase),
                      field(4, "want", &slot_report::want),
                      field(5, "pid", &slot_report::pid),
                      field(6, "restarts", &slot_report::restarts),
                      field(7, "last_end", &slot_report::last_end),
                      field(8, "gave_up", &slot_report::gave_up, 1024)};
  }
};

/// PLANNER to NODE: what do you run? A new leader asks before it orders.
struct plan_query {
  static constexpr wire_type type = 73;
  static constexpr std::string_view name = "plan_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// NODE to PLANNER, on each change.
struct plan_report {
  static constexpr wire_type type = 74;
  static constexpr std::string_view name = "plan_report";
  static constexpr traffic traffic_class = traffic::ordered;

  node_ref node;
  std::uint64_t epoch = 0;
  std::vector<slot_report> slots;
  node_ref leader; ///< Of that epoch.

  static constexpr auto fields() {
    return std::tuple{field(1, "node", &plan_report::node), field(2, "epoch", &plan_report::epoch),
                      field(3, "slots", &plan_report::slots, 256),
                      field(4, "leader", &plan_report::leader)};
  }
};

/// OPERATOR to PLANNER (request): edit the desired state of a slot on some node. Answered by
/// `order_done` or `order_refused`.
struct scale {
  static constexpr wire_type type = 75;
  static constexpr std::string_view name = "scale";
  static constexpr traffic traffic_class = traffic::request;

  std::string slot;
  bool run = false;
  slot_config want; ///< Empty roles: as it was.
  slot_act act = slot_act::edit;
  std::string who;  ///< The operator, for the node's log.
  std::string node; ///< Of a new slot: the agent's node; empty: the first.

  static constexpr auto fields() {
    return std::tuple{field(1, "slot", &scale::slot), field(2, "run", &scale::run),
                      field(3, "want", &scale::want), field(4, "act", &scale::act),
                      field(5, "who", &scale::who),   field(6, "node", &scale::node)};
  }
};

/// OPERATOR or PLANNER to WORKER: take no new work. Answered by `drained` when nothing is left.
struct drain {
  static constexpr wire_type type = 76;
  static constexpr std::string_view name = "drain";
  static constexpr traffic traffic_class = traffic::request;

  std::string who; ///< The operator, for the worker's log.

  static constexpr auto fields() { return std::tuple{field(1, "who", &drain::who)}; }
};

/// WORKER: no stream, transfer or pin is left.
struct drained {
  static constexpr wire_type type = 77;
  static constexpr std::string_view name = "drained";
  static constexpr traffic traffic_class = traffic::ordered;

  worker_id worker;

  static constexpr auto fields() { return std::tuple{field(1, "worker", &drained::worker)}; }
};

/// OPERATOR to WORKER (request): take no new work while the rest goes on, or take it again, also
/// after a `drain`, which then ends unfinished. Answered by `cordoned`.
struct cordon {
  static constexpr wire_type type = 158;
  static constexpr std::string_view name = "cordon";
  static constexpr traffic traffic_class = traffic::request;

  bool on = false;
  std::string who; ///< The operator, for the worker's log.

  static constexpr auto fields() {
    return std::tuple{field(1, "on", &cordon::on),
                      field(2, "who", &cordon::who, limits::operator_line_bytes_max)};
  }
};

/// WORKER: so it is.
struct cordoned {
  static constexpr wire_type type = 159;
  static constexpr std::string_view name = "cordoned";
  static constexpr traffic traffic_class = traffic::ordered;

  bool was = false;
  std::uint32_t streams = 0; ///< That go on there.

  static constexpr auto fields() {
    return std::tuple{field(1, "was", &cordoned::was), field(2, "streams", &cordoned::streams)};
  }
};

/// OPERATOR to PLANNER (request): what did you order, for whom, and what came of it?
struct edits_query {
  static constexpr wire_type type = 162;
  static constexpr std::string_view name = "edits_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// An edit of a slot that a planner was asked for.
struct edit_record {
  std::uint64_t age_ms = 0;
  std::string who;
  std::string node; ///< The agent's; empty: none was found.
  std::string slot;
  slot_act act = slot_act::edit;
  bool run = false;
  std::string roles;            ///< Empty: as they were.
  std::uint64_t generation = 0; ///< Of the slot since then; 0: it was not done.
  std::string outcome;          ///< "done", "waiting", or why it was not.

  static constexpr auto fields() {
    return std::tuple{field(1, "age_ms", &edit_record::age_ms),
                      field(2, "who", &edit_record::who),
                      field(3, "node", &edit_record::node),
                      field(4, "slot", &edit_record::slot),
                      field(5, "act", &edit_record::act),
                      field(6, "run", &edit_record::run),
                      field(7, "roles", &edit_record::roles),
                      field(8, "generation", &edit_record::generation),
                      field(9, "outcome", &edit_record::outcome, limits::operator_line_bytes_max)};
  }
};

/// PLANNER: what it remembers, the newest first.
struct edits_report {
  static constexpr wire_type type = 163;
  static constexpr std::string_view name = "edits_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<edit_record> edits;

  static constexpr auto fields() {
    return std::tuple{field(1, "edits", &edits_report::edits, limits::told_edits_max)};
  }
};

} // namespace troupe
