// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/slots.hpp"
#include "messages/disturb.hpp"

#include <utility>

/// Harm on purpose, done by the admin of the process that shall suffer it.
namespace troupe::shell {

namespace {

constexpr double delay_s_max = limits::disturb_delay_us_max / 1e6;
constexpr double for_s_max = limits::trace_ms_max / 1000.0;

result<actor_ref> admin_of(const console_view::node& node) {
  if (!node.admin) {
    return error{.code = errc::peer_gone, .text = "no link to the admin of " + node.who.name};
  }
  return *node.admin;
}

/// `what` says what happens to a frame: "come 50 ms later".
result<sheet> disturb(command_call& call, disturb_link order, const std::string& what) {
  const auto time_s = number_of(call.given, "--for", 10, 0.001, for_s_max);
  if (!time_s) {
    return time_s.err();
  }
  const auto view = call.cluster.view();
  const auto from = find_node(*view, call.given.at(0));
  const auto to = find_node(*view, call.given.at(2));
  if (!from || !to) {
    return from ? to.err() : from.err();
  }
  if (from->who.node == to->who.node) {
    return error{.code = errc::invalid_value,
                 .text = "within a process nothing goes by a link; name two nodes"};
  }
  const auto admin = admin_of(*to);
  if (!admin) {
    return admin.err();
  }
  const bool is_off = order.delay_us == 0 && order.lost_per_million == 0;
  const auto plan = is_off ? "leave alone what comes from " + from->who.name + " to " + to->who.name
                           : "for " + cell_text(*time_s) + " s frames from " + from->who.name
                                 + " to " + to->who.name + " " + what;
  if (auto fine = allow_harm(call, plan); !fine) {
    return fine.err();
  }
  order.peer = from->who.node;
  order.for_ms = static_cast<std::uint32_t>(*time_s * 1000);
  order.who = call.who;
  const auto done = ask_one<link_disturbed>(call.cluster, *admin, order);
  if (!done) {
    return done.err();
  }
  sheet out{.facts = {{"from", from->who.name},
                      {"to", to->who.name},
                      {"delay_ms", order.delay_us / 1000.0},
                      {"lost_percent", order.lost_per_million / 10'000.0},
                      {"for_ms", order.for_ms}}};
  out.before = {"done: " + plan};
  return out;
}

} // namespace

result<sheet> run_delay(command_call& call) {
  const auto delay_s = number_in(call.given.at(3), "TIME", 0, delay_s_max);
  if (!delay_s) {
    return delay_s.err();
  }
  return disturb(call, {.delay_us = static_cast<std::uint32_t>(*delay_s * 1e6)},
                 "come " + cell_text(*delay_s * 1000)
                     + " ms later; above 2 s both sides give up their session");
}

result<sheet> run_drop(command_call& call) {
  auto word = call.given.at(3);
  if (word.ends_with('%')) {
    word.pop_back();
  }
  const auto percent = number_in(word, "SHARE%", 0, 100);
  if (!percent) {
    return percent.err();
  }
  return disturb(call, {.lost_per_million = static_cast<std::uint32_t>(*percent * 1e4)},
                 "vanish, " + cell_text(*percent)
                     + " % of them; a gap ends their session, and they make a new one");
}

result<sheet> run_crash(command_call& call) {
  const auto view = call.cluster.view();
  const auto slot = find_slot(*view, call.given.at(0));
  if (!slot) {
    return slot.err();
  }
  const auto& what = slot->slot;
  const auto node = find_node(*view, what.slot);
  const auto admin = node ? admin_of(*node) : result<actor_ref>(node.err());
  if (!admin) {
    return admin.err();
  }
  const auto plan = "have the process of " + what.slot + " (" + what.want.roles + ", pid "
                    + std::to_string(what.pid)
                    + ") end as by a broken invariant: its agent records a crash with the requests "
                      "it computes, which are suspects from then on, and starts it again"
                    + load_of(call, what.slot);
  if (auto fine = allow_harm(call, plan); !fine) {
    return fine.err();
  }
  const auto begun = ask_one<crash_begun>(call.cluster, *admin, crash_process{.who = call.who});
  if (!begun) {
    return begun.err();
  }
  sheet out{.facts = {{"slot", what.slot}, {"pid", what.pid}}};
  out.before = {"done: " + what.slot + " dies; `crashes " + what.slot + "` shows how"};
  return out;
}

} // namespace troupe::shell
