// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/slots.hpp"

#include <algorithm>
#include <cstdlib>
#include <map>
#include <tuple>

/// Commands that look.
namespace troupe::shell {

namespace {

double seconds(std::uint64_t ms) {
  return static_cast<double>(ms) / 1000;
}

double mib(std::uint64_t bytes) {
  return static_cast<double>(bytes) / (1U << 20U);
}

/// The report of every node that is linked, asked anew.
std::map<node_ref, node_report> node_reports(cluster_client& over) {
  const auto view = over.view();
  std::vector<node_ref> whom;
  std::vector<console_question> questions;
  for (const auto& [ref, node] : view->nodes) {
    if (node.admin) {
      whom.push_back(ref);
      questions.push_back({*node.admin, message::of(node_query{})});
    }
  }
  std::map<node_ref, node_report> all;
  const auto answers = over.ask(std::move(questions), answer_time);
  for (std::size_t i = 0; i < answers.size(); ++i) {
    if (const auto* report = answers[i].body.as<node_report>()) {
      all[whom[i]] = *report;
    }
  }
  return all;
}

std::string role_in(const console_view::node& node, const actor_info& actor) {
  for (const auto& one : node.who.services) {
    if (one.actor.actor == actor.actor) {
      return role_of(one);
    }
  }
  return actor.name;
}

} // namespace

result<sheet> run_ps(command_call& call) {
  const auto view = call.cluster.view();
  sheet out{.name = "actors",
            .columns = {"actor", "role", "node", "mailbox", "handled", "handled_per_s", "sent",
                        "busy_ms", "number"},
            .hidden = {"role", "node", "number"}};
  const auto role = call.given.flags.find("-r");
  for (const auto& [ref, report] : node_reports(call.cluster)) {
    const auto known = view->nodes.find(ref);
    for (const auto& actor : report.actors) {
      const auto what = role_in(known->second, actor);
      const auto name = what + "@" + report.node;
      const bool wanted = (role == call.given.flags.end() || role->second == what)
                          && name.find(call.given.at(0)) != std::string::npos;
      if (!wanted || what.empty()) {
        continue;
      }
      const auto rate = known->second.handled_per_s.find(actor.actor);
      out.rows.push_back(
          {name, what, report.node, actor.mailbox, actor.handled,
           rate == known->second.handled_per_s.end() ? json::value{} : json::value{rate->second},
           actor.sent, static_cast<double>(actor.busy_us) / 1000, actor.actor});
    }
  }
  const auto key = call.given.flags.find("-s");
  const auto by = key == call.given.flags.end() ? "actor"
                  : key->second == "busy"       ? "busy_ms"
                                                : key->second;
  const auto column =
      static_cast<std::size_t>(std::ranges::find(out.columns, by) - out.columns.begin());
  std::ranges::stable_sort(out.rows, [&](const auto& a, const auto& b) {
    if (column == 0) {
      return std::tie(*a[2].as_string(), *a[0].as_string())
             < std::tie(*b[2].as_string(), *b[0].as_string());
    }
    return a[column].as_number().value_or(0) > b[column].as_number().value_or(0);
  });
  return out;
}

result<sheet> run_nodes(command_call& call) {
  const auto view = call.cluster.view();
  const auto reports = node_reports(call.cluster);
  sheet out{.name = "nodes",
            .columns = {"node", "roles", "model", "state", "pid", "up_s", "http_port", "admin_port",
                        "endpoint"}};
  for (const auto& [ref, node] : view->nodes) {
    std::string roles;
    std::string model;
    for (const auto& one : node.who.services) {
      roles += (roles.empty() ? "" : ",") + role_of(one);
      model = model.empty() ? one.model : model;
    }
    const auto report = reports.find(ref);
    const bool is_self = ref == view->self;
    const auto port = [](std::uint16_t number) {
      return number == 0 ? json::value{} : json::value{number};
    };
    out.rows.push_back(
        {node.who.name, roles.empty() ? "shell" : roles, model,
         is_self                   ? "this shell"
         : report != reports.end() ? "up"
         : node.admin              ? "silent"
                                   : "no link",
         node.who.pid,
         report == reports.end() ? json::value{} : json::value{seconds(report->second.uptime_ms)},
         port(node.who.http_port), port(node.who.admin_port),
         node.who.endpoints.empty() ? "" : node.who.endpoints.front()});
  }
  std::ranges::sort(out.rows, {}, [](const auto& row) { return *row[0].as_string(); });
  return out;
}

result<sheet> run_tree(command_call& call) {
  const auto view = call.cluster.view();
  const auto reports = node_reports(call.cluster);
  sheet out{.name = "nodes", .columns = {"node", "kept_by", "actors"}, .hidden = {}};
  std::map<std::string, std::string> kept;
  for (const auto& [agent, plan] : view->plans) {
    for (const auto& slot : plan.slots) {
      kept[slot.slot] = agent;
    }
  }
  std::map<std::string, std::vector<std::string>> children;
  for (const auto& [ref, report] : reports) {
    const auto& node = view->nodes.at(ref);
    json::value actors{json::value::array{}};
    for (const auto& actor : report.actors) {
      if (const auto role = role_in(node, actor); !role.empty()) {
        actors.push_back(role);
      }
    }
    const auto above = kept.find(report.node);
    const auto parent = above == kept.end() ? std::string{} : above->second;
    children[parent].push_back(report.node);
    out.rows.push_back({report.node, parent, std::move(actors)});
  }
  const auto line_of = [&](const std::string& name, const std::string& indent) {
    out.before.push_back(indent + name);
    for (const auto& row : out.rows) {
      if (*row[0].as_string() == name) {
        for (const auto& actor : *row[2].as_array()) {
          out.before.push_back(indent + "  . " + *actor.as_string());
        }
      }
    }
  };
  for (const auto& root : children[""]) {
    line_of(root, "");
    for (const auto& child : children[root]) {
      line_of(child, "    ");
    }
  }
  out.hidden = out.columns;
  return out;
}

result<sheet> run_info(command_call& call) {
  const auto view = call.cluster.view();
  auto which = find_actor(*view, call.given.at(0));
  if (!which) {
    return which.err();
  }
  const auto& node = view->nodes.at(which->node);
  sheet out{.name = "facts", .columns = {"fact", "value"}};
  const auto add = [&](std::string key, json::value value) {
    out.rows.push_back({std::move(key), std::move(value)});
  };
  add("actor", which->name);
  add("node", which->node_name);
  add("pid", node.who.pid);
  add("number", which->actor.actor);
  if (which->offers != nullptr && !which->offers->model.empty()) {
    add("model", which->offers->model);
  }
  for (const auto& [agent, plan] : view->plans) {
    const auto slot = std::ranges::find(plan.slots, which->node_name, &slot_report::slot);
    if (slot != plan.slots.end()) {
      add("kept_by", agent);
      add("restarts", slot->restarts);
      add("last_end", slot->last_end);
      if (!slot->gave_up.empty()) {
        add("gave_up", slot->gave_up);
      }
    }
  }
  if (node.admin) {
    if (const auto report = ask_one<node_report>(call.cluster, *node.admin, node_query{})) {
      const auto actor = std::ranges::find(report->actors, which->actor.actor, &actor_info::actor);
      if (actor != report->actors.end()) {
        add("mailbox", actor->mailbox);
        add("handled", actor->handled);
        add("sent", actor->sent);
        add("busy_ms", static_cast<double>(actor->busy_us) / 1000);
      }
      add("up_s", seconds(report->uptime_ms));
    }
  }
  const auto said = ask_one<status_report>(call.cluster, which->actor, status_query{});
  if (!said) {
    return said.err();
  }
  for (const auto& one : said->facts) {
    add(one.key, one.value);
  }
  return out;
}

result<sheet> run_links(command_call& call) {
  const auto view = call.cluster.view();
  if (!call.given.operands.empty()) {
    if (const auto node = find_node(*view, call.given.at(0)); !node) {
      return node.err();
    }
  }
  sheet out{.name = "links",
            .columns = {"node", "peer", "frames_in", "frames_out", "waiting_messages",
                        "unreturned_bytes"}};
  for (const auto& [ref, report] : node_reports(call.cluster)) {
    if (!call.given.operands.empty() && report.node != call.given.at(0)) {
      continue;
    }
    for (const auto& link : report.links) {
      out.rows.push_back({report.node, link.name, link.frames_in, link.frames_out,
                          link.waiting_messages, link.unreturned_bytes});
    }
  }
  std::ranges::sort(out.rows, {}, [](const auto& row) {
    return std::pair(*row[0].as_string(), *row[1].as_string());
  });
  return out;
}

result<sheet> run_models(command_call& call) {
  const auto view = call.cluster.view();
  std::map<std::string, std::vector<std::string>> by_model;
  for (const auto& one : actors_of(*view)) {
    if (one.offers != nullptr && !one.offers->model.empty()) {
      by_model[one.offers->model].push_back(one.name);
    }
  }
  sheet out{.name = "models", .columns = {"model", "workers", "served_by"}};
  for (const auto& [model, workers] : by_model) {
    std::string names;
    for (const auto& one : workers) {
      names += (names.empty() ? "" : " ") + one;
    }
    out.rows.push_back({model, workers.size(), names});
  }
  return out;
}

result<sheet> run_mem(command_call& call) {
  const auto view = call.cluster.view();
  sheet out{.name = "nodes",
            .columns = {"node", "resident_mib", "pool_blocks", "pool_free", "pool_cached",
                        "shard_used_mib", "shard_capacity_mib"}};
  for (const auto& [ref, report] : node_reports(call.cluster)) {
    std::map<std::string, double> facts;
    for (const auto& one : view->nodes.at(ref).who.services) {
      if (one.role != service_role::worker && one.role != service_role::cache_shard) {
        continue;
      }
      if (const auto said = ask_one<status_report>(call.cluster, one.actor, status_query{})) {
        for (const auto& fact : said->facts) {
          facts[fact.key] = std::strtod(fact.value.c_str(), nullptr);
        }
      }
    }
    const auto number = [&](const char* key, double scale = 1) {
      const auto found = facts.find(key);
      return found == facts.end() ? json::value{} : json::value{found->second / scale};
    };
    out.rows.push_back({report.node, mib(report.resident_bytes), number("total_blocks"),
                        number("free_blocks"), number("cached_blocks"),
                        number("used_bytes", 1U << 20U), number("capacity_bytes", 1U << 20U)});
  }
  std::ranges::sort(out.rows, {}, [](const auto& row) { return *row[0].as_string(); });
  return out;
}

result<sheet> run_plan_show(command_call& call) {
  const auto view = call.cluster.view();
  sheet out{.name = "slots",
            .columns = {"slot", "agent", "roles", "model", "phase", "pid", "restarts", "generation",
                        "last_end", "gave_up"}};
  for (const auto& [agent, plan] : view->plans) {
    for (const auto& slot : plan.slots) {
      out.rows.push_back({slot.slot, agent, slot.want.roles, slot.want.model,
                          std::string(phase_name(slot.phase)),
                          slot.pid == 0 ? json::value{} : json::value{slot.pid}, slot.restarts,
                          slot.generation, slot.last_end, slot.gave_up});
    }
  }
  return out;
}

result<sheet> run_plan_history(command_call& call) {
  const auto told = edits_of(call.cluster);
  if (told.planners == 0) {
    return error{.code = errc::not_found, .text = "the cluster has no planner"};
  }
  sheet out{.name = "edits",
            .columns = {"ago_s", "who", "agent", "slot", "what", "roles", "generation", "outcome"},
            .after = told.failures};
  for (const auto& edit : told.edits) {
    out.rows.push_back(
        {seconds(edit.age_ms), edit.who, edit.node, edit.slot, act_name(edit), edit.roles,
         edit.generation == 0 ? json::value{} : json::value{edit.generation}, edit.outcome});
  }
  return out;
}

result<sheet> run_events(command_call& call) {
  const auto length = number_of(call.given, "--for", 0, 0.01, 86'400);
  if (!length) {
    return length.err();
  }
  const auto show = [&](const std::vector<console_event>& all) {
    for (const auto& one : all) {
      call.emit(
          json::object_of({{"event", one.what}, {"subject", one.subject}, {"detail", one.detail}}),
          one.what + "  " + one.subject + (one.detail.empty() ? "" : "  " + one.detail));
    }
  };
  show(call.cluster.next_events(0s));
  const bool follows = call.given.has("-f") || *length > 0;
  const auto until =
      *length > 0
          ? call.cluster.now()
                + std::chrono::duration_cast<duration>(std::chrono::duration<double>(*length))
          : time_point::max();
  while (follows && !call.cluster.interrupted() && call.cluster.now() < until) {
    show(call.cluster.next_events(200ms));
  }
  return sheet{};
}

result<sheet> run_help(command_call& call) {
  sheet out{.name = "commands", .columns = {"command", "usage", "summary", "writes"}};
  if (!call.given.operands.empty()) {
    const auto* found = find_command(call.given.operands);
    if (found == nullptr) {
      return error{.code = errc::not_found, .text = "no command '" + call.given.at(0) + "'"};
    }
    out.rows.push_back({std::string(found->name), std::string(found->usage),
                        std::string(found->summary), found->writes});
    out.hidden = out.columns;
    out.before = {"usage: " + std::string(found->usage), std::string(found->summary)};
    if (found->writes) {
      out.before.emplace_back("Changes the cluster: needs a session with --write.");
    }
    return out;
  }
  for (const auto& one : all_commands()) {
    out.rows.push_back(
        {std::string(one.name), std::string(one.usage), std::string(one.summary), one.writes});
  }
  out.hidden = {"usage", "writes"};
  out.after = {
      "help COMMAND shows its usage. COMMAND | LOCAL pipes its output, COMMAND > FILE keeps "
      "it.",
      "Ctrl-C ends a command, Ctrl-D or exit the shell."};
  return out;
}

} // namespace troupe::shell
