// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/slots.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <optional>
#include <set>

/// Commands that start and end things. Each goes to a planner, whose order the agent carries out
/// and logs, or to a worker.
namespace troupe::shell {

namespace {

result<sheet> order_of(command_call& call, scale what) {
  const auto done = give_order(call, std::move(what));
  if (!done) {
    return done.err();
  }
  sheet out{.facts = {{"slot", done->slot}, {"generation", done->generation}}};
  out.before = {"done: slot " + done->slot + " is at generation "
                + std::to_string(done->generation)};
  return out;
}

result<sheet> act_on(command_call& call, slot_act act, bool run, const std::string& verb,
                     const std::string& after) {
  const auto slot = find_slot(*call.cluster.view(), call.given.at(0));
  if (!slot) {
    return slot.err();
  }
  const auto& what = slot->slot;
  const auto plan = verb + " the process of " + what.slot + " (" + what.want.roles + ", pid "
                    + std::to_string(what.pid) + ")" + after + load_of(call, what.slot);
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  return order_of(call,
                  {.slot = what.slot, .run = run, .want = {}, .act = act, .who = {}, .node = {}});
}

std::string fresh_slot(const console_view& view, const std::string& role) {
  std::set<std::string> taken;
  for (const auto& [ref, node] : view.nodes) {
    taken.insert(node.who.name);
  }
  for (int number = 1;; ++number) {
    const auto name = role + "-" + std::to_string(number);
    if (!taken.contains(name) && !slot_of(view, name)) {
      return name;
    }
  }
}

result<slot_config> config_of(const command_call& call, const std::string& role,
                              std::size_t first) {
  slot_config want{.roles = role};
  for (auto i = first; i < call.given.operands.size(); ++i) {
    const auto& word = call.given.operands[i];
    const auto equals = word.find('=');
    if (equals == std::string::npos || equals == 0) {
      return error{.code = errc::invalid_value,
                   .text = "'" + word.substr(0, 80)
                           + "' is no FLAG=VALUE; flags are those of "
                             "`troupe node --help`"};
    }
    const auto key = word.substr(0, equals);
    const auto value = word.substr(equals + 1);
    if (key == "model") {
      want.model = value;
    } else {
      want.extra.push_back("--" + key);
      want.extra.push_back(value);
    }
  }
  return want;
}

result<void> check_roles(const std::string& roles) {
  for (const auto one : split(roles, ',')) {
    if (std::ranges::find(process_roles, one) == process_roles.end()) {
      std::string all;
      for (const auto role : process_roles) {
        all += (all.empty() ? "" : ", ") + std::string(role);
      }
      return error{.code = errc::invalid_value,
                   .text = "no role '" + std::string(one.substr(0, 80)) + "'; there are " + all};
    }
  }
  return {};
}

bool computes(const std::string& roles) {
  return roles.find("decode") != std::string::npos || roles.find("prefill") != std::string::npos
         || roles.find("worker") != std::string::npos;
}

/// The model that a slot of this role already has: a new one serves the same.
std::string usual_model(const console_view& view, const std::string& role) {
  for (const auto& [agent, plan] : view.plans) {
    for (const auto& slot : plan.slots) {
      if (computes(role) && !slot.want.model.empty()) {
        return slot.want.model;
      }
    }
  }
  return "";
}

} // namespace

result<sheet> run_spawn(command_call& call) {
  const auto view = call.cluster.view();
  const auto role = call.given.at(0);
  const auto node = call.given.at(2);
  if (!view->plans.contains(node)) {
    std::string agents;
    for (const auto& [name, plan] : view->plans) {
      agents += (agents.empty() ? "" : ", ") + name;
    }
    return error{.code = errc::not_found,
                 .text = "no agent on '" + node.substr(0, 80) + "'; there are "
                         + (agents.empty() ? "none" : agents)};
  }
  if (auto fine = check_roles(role); !fine) {
    return fine.err();
  }
  auto want = config_of(call, role, 3);
  if (!want) {
    return want.err();
  }
  if (want->model.empty()) {
    want->model = usual_model(*view, role);
  }
  if (computes(role) && want->model.empty()) {
    return error{.code = errc::invalid_value,
                 .text = "no slot tells which model; add model=DIRECTORY",
                 .field = "model"};
  }
  const auto as = call.given.flags.find("--as");
  const auto slot = as == call.given.flags.end() ? fresh_slot(*view, role) : as->second;
  if (slot_of(*view, slot)) {
    return error{.code = errc::invalid_value, .text = "there is a slot '" + slot + "' already"};
  }
  std::string flags;
  for (const auto& one : want->extra) {
    flags += " " + one;
  }
  const auto plan = "start a process '" + slot + "' with role " + role
                    + (want->model.empty() ? "" : " and model " + want->model) + flags
                    + ", kept running by the agent on " + node;
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  return order_of(call, {.slot = slot,
                         .run = true,
                         .want = *std::move(want),
                         .act = slot_act::edit,
                         .who = {},
                         .node = node});
}

result<sheet> run_kill(command_call& call) {
  return act_on(call, slot_act::kill, true, "kill",
                "; its agent starts it again at once, and all its actors with it");
}

result<sheet> run_restart(command_call& call) {
  return act_on(call, slot_act::restart, true, "end", " in good order; its agent starts it again");
}

result<sheet> run_stop(command_call& call) {
  return act_on(call, slot_act::edit, false, "end", " in good order; nobody starts it again");
}

result<sheet> run_drain(command_call& call) {
  const auto view = call.cluster.view();
  const auto timeout = number_of(call.given, "--timeout", 60, 0.1, 86'400);
  if (!timeout) {
    return timeout.err();
  }
  const auto whom = find_actor(*view, call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  if (whom->offers == nullptr || whom->offers->role != service_role::worker) {
    return error{.code = errc::invalid_value,
                 .text = whom->name + " is no worker: only those are drained"};
  }
  const auto said = ask_one<status_report>(call.cluster, whom->actor, status_query{});
  if (!said) {
    return said.err();
  }
  const auto fact = [&](const std::string& key) {
    const auto found = std::ranges::find(said->facts, key, &fact::key);
    return found == said->facts.end() ? std::string("?") : found->value;
  };
  const auto plan = "stop admission on " + whom->name + " and wait for its " + fact("streams")
                    + " streams, " + fact("prefills") + " prefills and " + fact("transfers_out")
                    + " transfers to end; `uncordon` or a restart takes it back";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  const auto begun = call.cluster.now();
  const auto got = ask_one<drained>(
      call.cluster, whom->actor, drain{.who = call.who},
      std::chrono::duration_cast<duration>(std::chrono::duration<double>(*timeout)));
  if (!got) {
    return got.err();
  }
  const std::chrono::duration<double, std::milli> took = call.cluster.now() - begun;
  sheet out{.facts = {{"drained", whom->name}, {"took_ms", took.count()}}};
  out.before = {"drained: nothing is left on " + whom->name};
  return out;
}

namespace {

result<sheet> set_cordon(command_call& call, bool on) {
  const auto view = call.cluster.view();
  const auto whom = find_actor(*view, call.given.at(0));
  if (!whom) {
    return whom.err();
  }
  if (whom->offers == nullptr || whom->offers->role != service_role::worker) {
    return error{.code = errc::invalid_value,
                 .text = whom->name + " is no worker: only those take work"};
  }
  const auto plan =
      on ? "have " + whom->name + " take no new work, while what it has goes on; `uncordon` ends it"
         : "have " + whom->name + " take new work again";
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  const auto got = ask_one<cordoned>(call.cluster, whom->actor, cordon{.on = on, .who = call.who});
  if (!got) {
    return got.err();
  }
  sheet out{
      .facts = {
          {"worker", whom->name}, {"cordoned", on}, {"was", got->was}, {"streams", got->streams}}};
  out.before = {whom->name + (on ? " takes no new work" : " takes new work")
                + (got->was == on ? ", as before; " : "; ") + std::to_string(got->streams)
                + " streams go on"};
  return out;
}

} // namespace

result<sheet> run_cordon(command_call& call) {
  return set_cordon(call, true);
}

result<sheet> run_uncordon(command_call& call) {
  return set_cordon(call, false);
}

result<sheet> run_scale_roles(command_call& call) {
  const auto view = call.cluster.view();
  const auto role = call.given.at(0);
  const arguments count_of{.operands = {}, .flags = {{"COUNT", call.given.at(1)}}};
  const auto count = number_of(count_of, "COUNT", 0, 0, 256);
  if (!count) {
    return count.err();
  }
  if (auto fine = check_roles(role); !fine) {
    return fine.err();
  }
  const auto wanted = static_cast<std::size_t>(*count);
  std::vector<known_slot> running;
  std::vector<known_slot> resting;
  for (const auto& [agent, plan] : view->plans) {
    for (const auto& slot : plan.slots) {
      if (slot.want.roles == role) {
        const bool runs = slot.phase == slot_phase::running || slot.phase == slot_phase::starting
                          || slot.phase == slot_phase::backing_off;
        (runs ? running : resting).push_back({agent, slot});
      }
    }
  }
  if (view->plans.empty()) {
    return error{.code = errors::no_worker, .text = "no agent has told its plan; see `plan show`"};
  }
  std::vector<scale> orders;
  std::string plan;
  const auto add = [&](scale what, const std::string& text) {
    plan += (plan.empty() ? "" : ", ") + text;
    orders.push_back(std::move(what));
  };
  for (auto i = running.size(); i > wanted; --i) {
    add({.slot = running[i - 1].slot.slot, .run = false}, "stop " + running[i - 1].slot.slot);
  }
  auto missing = wanted - std::min(wanted, running.size());
  for (const auto& one : resting) {
    if (missing > 0) {
      --missing;
      add({.slot = one.slot.slot, .run = true}, "start " + one.slot.slot);
    }
  }
  auto imagined = *view;
  for (; missing > 0; --missing) {
    const auto name = fresh_slot(imagined, role);
    const auto agent = running.empty() ? view->plans.begin()->first : running.front().agent;
    imagined.plans[agent].slots.push_back({.slot = name});
    const slot_config like =
        running.empty() ? slot_config{.roles = role} : running.front().slot.want;
    auto want = like;
    want.model = want.model.empty() ? usual_model(*view, role) : want.model;
    want.http_port = 0; // Two processes cannot have the same.
    add({.slot = name, .run = true, .want = want, .act = slot_act::edit, .who = {}, .node = agent},
        "start a new " + name + " on " + agent);
  }
  sheet out{.name = "orders", .columns = {"slot", "run", "generation"}};
  if (orders.empty()) {
    out.after = {std::to_string(wanted) + " slots of " + role + " run already"};
    return out;
  }
  if (auto fine = allow(call, plan); !fine) {
    return fine.err();
  }
  for (auto& one : orders) {
    const auto slot = one.slot;
    const bool run = one.run;
    const auto done = order_of(call, std::move(one));
    if (!done) {
      return done.err();
    }
    out.rows.push_back({slot, run, done->facts[1].second});
  }
  return out;
}

} // namespace troupe::shell
