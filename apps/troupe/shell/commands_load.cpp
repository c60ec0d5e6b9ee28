// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "messages/actor_load.hpp"

#include <algorithm>
#include <utility>

/// What waits for an actor, and what it spends its time on. Its process's admin tells.
namespace troupe::shell {

namespace {

result<std::pair<named_actor, actor_ref>> find_with_admin(command_call& call) {
  const auto view = call.cluster.view();
  auto whom = find_actor(*view, call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  const auto& admin = view->nodes.at(whom->node).admin;
  if (!admin) {
    return error{.code = errc::peer_gone, .text = "no link to the admin of " + whom->node_name};
  }
  whom->offers = nullptr; // It points into the view.
  return std::pair{*std::move(whom), *admin};
}

/// As if each event that was not timed had taken as long as those that were.
double busy_us(const profiled_kind& one) {
  return one.timed == 0 ? 0
                        : static_cast<double>(one.busy_ns) / 1000 * static_cast<double>(one.count)
                              / static_cast<double>(one.timed);
}

} // namespace

result<sheet> run_mail(command_call& call) {
  const auto found = find_with_admin(call);
  if (!found) {
    return found.err();
  }
  const auto& [whom, admin] = *found;
  const auto seen =
      ask_one<mailbox_report>(call.cluster, admin, mailbox_query{.actor = whom.actor.actor});
  if (!seen) {
    return seen.err();
  }
  sheet out{.name = "kinds", .columns = {"kind", "waiting", "handled"}};
  for (const auto& one : seen->kinds) {
    out.rows.push_back({one.kind, one.waiting, one.handled});
  }
  const auto oldest_ms = static_cast<double>(seen->oldest_us_max) / 1000;
  out.facts = {{"actor", whom.name},
               {"waiting", seen->waiting},
               {"oldest_ms_max", oldest_ms},
               {"current", seen->current}};
  out.before = {
      whom.name + ": " + std::to_string(seen->waiting) + " wait"
      + (seen->waiting == 0 ? "" : ", the oldest for " + cell_text(oldest_ms) + " ms at most")
      + (seen->current.empty() ? "" : "; it handles " + seen->current + " now")};
  return out;
}

result<sheet> run_profile(command_call& call) {
  const auto given = call.given.operands.size() > 1 ? call.given.at(1) : "5s";
  const arguments time_of{.operands = {}, .flags = {{"TIME", given}}};
  const auto length = number_of(time_of, "TIME", 5, 0.001, limits::trace_ms_max / 1000.0);
  if (!length) {
    return length.err();
  }
  const auto found = find_with_admin(call);
  if (!found) {
    return found.err();
  }
  const auto& [whom, admin] = *found;
  const auto wait =
      std::chrono::duration_cast<duration>(std::chrono::duration<double>(*length)) + answer_time;
  const auto seen =
      ask_one<profile_report>(call.cluster, admin,
                              profile_query{.actor = whom.actor.actor,
                                            .for_ms = static_cast<std::uint32_t>(*length * 1000)},
                              wait);
  if (!seen) {
    return seen.err();
  }
  const auto lasted_us = static_cast<double>(std::max<std::uint64_t>(seen->lasted_us, 1));
  sheet out{.name = "kinds",
            .columns = {"kind", "count", "per_s", "mean_us", "max_us", "busy_ms", "share_percent",
                        "timed"},
            .hidden = {"timed"}};
  auto kinds = seen->kinds;
  std::ranges::stable_sort(kinds, std::greater{}, busy_us);
  double all_us = 0;
  std::uint64_t events = 0;
  for (const auto& one : kinds) {
    const auto busy = busy_us(one);
    all_us += busy;
    events += one.count;
    out.rows.push_back({one.kind, one.count, static_cast<double>(one.count) * 1e6 / lasted_us,
                        one.count == 0 ? 0 : busy / static_cast<double>(one.count),
                        static_cast<double>(one.max_ns) / 1000, busy / 1000, busy / lasted_us * 100,
                        one.timed});
  }
  const auto share = all_us / lasted_us * 100;
  out.facts = {{"actor", whom.name},
               {"lasted_ms", lasted_us / 1000},
               {"events", events},
               {"busy_ms", all_us / 1000},
               {"busy_percent", share}};
  out.before = {whom.name + ": " + std::to_string(events) + " events in "
                + cell_text(lasted_us / 1000) + " ms, busy for " + cell_text(share) + " % of it"};
  return out;
}

} // namespace troupe::shell
