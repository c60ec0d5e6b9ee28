// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/sender_roles.hpp"

#include "messages/registry.hpp"

#include <utility>

namespace troupe {

namespace {

using namespace node_role;

constexpr node_roles pools = worker | cache; // Who has blocks.
constexpr node_roles terminals = shell | operate;
constexpr node_roles editors = agent | planner | directory; // By their admin port.
constexpr node_roles readers = editors | gateway | router | terminals;
constexpr node_roles everyone = all | cache | agent | terminals;

template <class... Ms>
void let(std::map<wire_type, node_roles>& table, node_roles senders) {
  (table.emplace(Ms::type, senders), ...);
}

std::map<wire_type, node_roles> make_table_of_senders() {
  std::map<wire_type, node_roles> table;
  let<place, place_cancel, generate, embed, cancel, stream_credit, stream_query, model_card_query>(
      table, gateway);
  let<placement, refused, explain_report, kv_resync>(table, router);
  let<tokens, embedded, stream_state, troupe::prefill>(table, decode);
  let<prefill_progress>(table, node_role::prefill);
  let<worker_report, generate_refused, model_card, drained, kv_get, kv_put>(table, worker);
  let<transfer_open, part, part_ack, transfer_done, transfer_stopped>(table, pools);
  let<kv_delta, kv_snapshot, kv_digest>(table, pools);
  let<joined, rejoin, members>(table, directory);
  let<order>(table, planner);
  let<plan_query>(table, planner | terminals);
  let<plan_report>(table, agent);
  let<order_done, order_refused>(table, agent | planner);
  let<scale>(table, editors | operate);
  let<drain>(table, agent | planner | operate);
  let<node_query, requests_query, prompt_query, trace_start, trace_stop, operator_note,
      mailbox_query, profile_query, log_query, heat_query, edits_query>(table, terminals);
  let<move_request, disturb_link, crash_process, log_level, cache_care, cordon, router_set>(
      table, operate);
  let<requests_report, prompt_report, move_begun>(table, gateway);
  let<crash_told, spawn_done, spawn_ended>(table, agent);
  let<crash_held, quarantine_told, quarantine_known>(table, gateway);
  let<crashes_query>(table, readers);
  let<crashes_report>(table, agent | gateway);
  let<spawn>(table, agent | planner | operate);
  let<status_query, explain_query>(table, readers);
  let<join, renew, leave, watch>(table, everyone);
  let<status_report, node_report, trace_started, trace_events, operator_noted, mailbox_report,
      profile_report, link_disturbed, crash_begun, log_report, log_level_set>(table, everyone);
  let<heat_report, cache_cared>(table, cache);
  let<cordoned>(table, worker);
  let<router_settings>(table, router);
  let<edits_report>(table, planner);
  return table;
}

} // namespace

const std::map<wire_type, node_roles>& sender_roles() {
  static const auto table = make_table_of_senders();
  return table;
}

} // namespace troupe
