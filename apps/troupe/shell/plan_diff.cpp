// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/plan_diff.hpp"

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/slots.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

namespace troupe::shell {

namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& one : words) {
    out += (out.empty() ? "" : " ") + one;
  }
  return out;
}

std::string or_none(const std::string& text) {
  return text.empty() ? "none" : text;
}

std::string port_text(std::uint16_t port) {
  return port == 0 ? "" : std::to_string(port);
}

bool same_roles(const std::string& a, const std::string& b) {
  const auto set_of = [](const std::string& roles) {
    const auto all = split(roles, ',');
    return std::set<std::string_view>(all.begin(), all.end());
  };
  return set_of(a) == set_of(b);
}

/// The comparison while it grows.
class comparison {
public:
  comparison(const cluster_file& file, const console_view& view,
             const std::vector<edit_record>& edits, bool prune)
      : file_(file), view_(view), edits_(edits), prune_(prune) {}

  result<plan_difference> all() {
    if (auto fine = of_agent(agent_name(file_.name, {}), file_.slots); !fine) {
      return fine.err();
    }
    for (const auto& host : file_.hosts) {
      if (auto fine = of_agent(agent_name(file_.name, host.name), host.slots); !fine) {
        return fine.err();
      }
    }
    for (const auto& [agent, plan] : view_.plans) {
      const auto kept = std::ranges::count_if(
          plan.slots, [&](const slot_report& one) { return is_wanted(one, edits_); });
      if (!agents_.contains(agent) && kept > 0) {
        out_.notes.push_back(agent + " is not of this file: its " + std::to_string(kept)
                             + " slots are left alone");
      }
    }
    std::ranges::stable_sort(out_.changes, {}, [](const slot_change& one) {
      return one.what == change_kind::start ? change_kind::add : one.what;
    });
    return std::move(out_);
  }

private:
  result<void> of_agent(const std::string& agent, const std::vector<cluster_slot>& slots) {
    const auto found = view_.plans.find(agent);
    if (found == view_.plans.end()) {
      return error{.code = errc::not_found,
                   .text = "no agent '" + agent.substr(0, 80)
                           + "' of this file has told what it keeps; `nodes` shows who is there, "
                             "and `troupe up FILE` starts agents",
                   .field = "name"};
    }
    agents_.insert(agent);
    std::set<std::string> named;
    for (const auto& slot : slots) {
      named.insert(slot.name);
      if (auto fine = of_slot(agent, found->second, slot); !fine) {
        return fine;
      }
    }
    for (const auto& one : found->second.slots) {
      if (named.contains(one.slot) || !is_wanted(one, edits_)) {
        continue;
      }
      if (prune_) {
        add({.what = change_kind::stop,
             .agent = agent,
             .slot = one.slot,
             .want = {},
             .detail = in_words(one.want),
             .ends_process = true});
      } else {
        out_.notes.push_back(one.slot + " on " + agent
                             + " is not in the file and is left alone; --prune stops it");
      }
    }
    return {};
  }

  result<void> of_slot(const std::string& agent, const plan_report& plan,
                       const cluster_slot& wanted) {
    const auto kept = std::ranges::find(plan.slots, wanted.name, &slot_report::slot);
    if (kept == plan.slots.end()) {
      return of_new_slot(agent, wanted);
    }
    auto change = difference(*kept, wanted);
    change.agent = agent;
    change.slot = wanted.name;
    if (!change.detail.empty()) {
      add(std::move(change));
    } else if (!is_wanted(*kept, edits_)) {
      change.what = change_kind::start;
      change.detail = in_words(kept->want);
      add(std::move(change));
    } else {
      ++out_.same;
      if (!kept->gave_up.empty()) {
        out_.notes.push_back(wanted.name + " gave up and is left so; see `plan why " + wanted.name
                             + "`");
      }
    }
    return {};
  }

  result<void> of_new_slot(const std::string& agent, const cluster_slot& wanted) {
    if (const auto other = slot_of(view_, wanted.name)) {
      return error{.code = errc::invalid_value,
                   .text = "the slot '" + wanted.name + "' is kept by " + other->agent
                           + ", and the file has it at " + agent
                           + "; slots do not move: give it another name there",
                   .field = "nodes"};
    }
    for (const auto& [ref, node] : view_.nodes) {
      if (node.who.name == wanted.name) {
        return error{.code = errc::invalid_value,
                     .text = "a process named '" + wanted.name
                             + "' is a member, and no agent keeps it; end it first, or give the "
                               "slot another name",
                     .field = "nodes"};
      }
    }
    add({.what = change_kind::add,
         .agent = agent,
         .slot = wanted.name,
         .want = wanted.what,
         .detail = in_words(wanted.what)});
    return {};
  }

  static slot_change difference(const slot_report& kept, const cluster_slot& wanted) {
    const auto& now = kept.want;
    const auto& then = wanted.what;
    slot_change out{
        .what = change_kind::change, .agent = {}, .slot = {}, .want = then, .detail = {}};
    const auto compare = [&](bool same, const std::string& what, const std::string& before,
                             const std::string& after) {
      if (!same) {
        out.detail += (out.detail.empty() ? "" : ", ") + what + " " + or_none(before) + " -> "
                      + or_none(after);
      }
    };
    compare(same_roles(now.roles, then.roles), "role", now.roles, then.roles);
    compare(now.model == then.model, "model", now.model, then.model);
    compare(now.http_port == then.http_port, "http_port", port_text(now.http_port),
            port_text(then.http_port));
    compare(now.extra == then.extra, "flags", joined(now.extra), joined(then.extra));
    out.ends_process = !out.detail.empty() && kept.phase == slot_phase::running;
    compare(now.group == then.group, "group", now.group, then.group);
    return out;
  }

  void add(slot_change what) { out_.changes.push_back(std::move(what)); }

  const cluster_file& file_;
  const console_view& view_;
  const std::vector<edit_record>& edits_;
  bool prune_;
  std::set<std::string> agents_;
  plan_difference out_;
};

} // namespace

std::string_view name_of(change_kind what) {
  constexpr std::array<std::string_view, 4> names{"add", "start", "change", "stop"};
  return names.at(static_cast<std::size_t>(what));
}

bool plan_difference::is_like(const plan_difference& other) const {
  return std::ranges::equal(changes, other.changes, [](const auto& a, const auto& b) {
    return a.what == b.what && a.agent == b.agent && a.slot == b.slot && a.detail == b.detail;
  });
}

result<plan_difference> compare_plan(const cluster_file& file, const console_view& view,
                                     const std::vector<edit_record>& edits, bool prune) {
  return comparison(file, view, edits, prune).all();
}

std::string in_words(const slot_config& what) {
  auto out = what.roles;
  out += what.model.empty() ? "" : ", model " + what.model;
  out += what.http_port == 0 ? "" : ", http_port " + std::to_string(what.http_port);
  out += what.extra.empty() ? "" : ", " + joined(what.extra);
  out += what.group.empty() ? "" : ", group " + what.group;
  return out;
}

} // namespace troupe::shell
