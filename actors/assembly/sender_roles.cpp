// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/sender_roles.hpp"

#include "messages/registry.hpp"

#include <utility>

namespace troupe {

namespace {

using namespace node_role;

constexpr node_roles pools = worker | cache;                  // Who has blocks.
constexpr node_roles operators = agent | planner | directory; // Whose admin port edits the cluster.
constexpr node_roles readers = operators | gateway | router;  // Whose admin port shows it.
constexpr node_roles everyone = all | cache | agent;

template <class... Ms>
void let(std::map<wire_type, node_roles>& table, node_roles senders) {
  (table.emplace(Ms::type, senders), ...);
}

std::map<wire_type, node_roles> make_table_of_senders() {
  std::map<wire_type, node_roles> table;
  let<place, place_cancel, generate, cancel, stream_credit, stream_query, model_card_query>(
      table, gateway);
  let<placement, refused, explain_report, kv_resync>(table, router);
  let<tokens, stream_state, troupe::prefill>(table, decode);
  let<prefill_progress>(table, node_role::prefill);
  let<worker_report, generate_refused, model_card, drained, kv_get, kv_put>(table, worker);
  let<transfer_open, part, part_ack, transfer_done, transfer_stopped>(table, pools);
  let<kv_delta, kv_snapshot, kv_digest>(table, pools);
  let<joined, rejoin, members>(table, directory);
  let<order, plan_query>(table, planner);
  let<plan_report>(table, agent);
  let<order_done, order_refused>(table, agent | planner);
  let<scale>(table, operators);
  let<drain>(table, agent | planner);
  let<status_query, explain_query>(table, readers);
  let<status_report, join, renew, leave, watch>(table, everyone);
  return table;
}

} // namespace

const std::map<wire_type, node_roles>& sender_roles() {
  static const auto table = make_table_of_senders();
  return table;
}

} // namespace troupe
