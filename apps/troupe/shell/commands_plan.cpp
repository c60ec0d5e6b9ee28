// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/commands.hpp"
#include "apps/troupe/shell/names.hpp"
#include "apps/troupe/shell/paths.hpp"
#include "apps/troupe/shell/plan_diff.hpp"
#include "apps/troupe/shell/prompts.hpp"
#include "apps/troupe/shell/slot_reason.hpp"
#include "runtime/config/nearest.hpp"

#include <algorithm>
#include <iterator>
#include <map>

/// Commands about what agents shall keep running: why a slot is as it is, and a whole file of them.
namespace troupe::shell {

namespace {

result<known_slot> slot_to_explain(const console_view& view, const std::string& name) {
  auto found = find_slot(view, name);
  if (found || found.err().code == errc::invalid_value) {
    return found;
  }
  std::vector<std::string> known;
  for (const auto& [agent, plan] : view.plans) {
    std::ranges::transform(plan.slots, std::back_inserter(known), &slot_report::slot);
  }
  const auto said = name.substr(0, 80);
  return error{.code = errc::not_found,
               .text = "no agent keeps a slot '" + said + "'" + config::did_you_mean(said, known)
                       + " `plan show` lists them"};
}

const console_view::node* node_named(const console_view& view, const std::string& name) {
  for (const auto& [ref, node] : view.nodes) {
    if (node.who.name == name) {
      return &node;
    }
  }
  return nullptr;
}

std::optional<crash_record> last_crash(command_call& call, const known_slot& of) {
  std::optional<crash_record> last;
  for (const auto& one : with_role(*call.cluster.view(), service_role::node)) {
    if (one.node_name != of.agent) {
      continue;
    }
    const auto told = ask_one<crashes_report>(call.cluster, one.actor, crashes_query{});
    for (const auto& crash : told ? told->crashes : std::vector<crash_record>{}) {
      if (crash.slot == of.slot.slot && (!last || crash.no > last->no)) {
        last = crash;
      }
    }
  }
  return last;
}

json::value edit_json(const std::optional<edit_record>& what) {
  return !what ? json::value{}
               : json::object_of({{"who", what->who},
                                  {"what", act_name(*what)},
                                  {"ago_s", static_cast<double>(what->age_ms) / 1000},
                                  {"outcome", what->outcome}});
}

json::value crash_fact(const std::optional<crash_record>& what) {
  return !what ? json::value{}
               : json::object_of({{"how", what->how},
                                  {"of_itself", what->proves},
                                  {"ago_s", static_cast<double>(what->age_ms) / 1000},
                                  {"up_s", static_cast<double>(what->uptime_ms) / 1000}});
}

json::value texts(const std::vector<std::string>& all) {
  json::value out{json::value::array{}};
  for (const auto& one : all) {
    out.push_back(one);
  }
  return out;
}

} // namespace

result<sheet> run_plan_why(command_call& call) {
  const auto view = call.cluster.view();
  auto which = slot_to_explain(*view, call.given.at(0));
  if (!which) {
    return which.err();
  }
  const auto* agent = node_named(*view, which->agent);
  slot_facts all{.what = *which,
                 .agent_linked = agent != nullptr && agent->admin,
                 .is_member = node_named(*view, which->slot.slot) != nullptr,
                 .edits = edits_of(call.cluster),
                 .crash = last_crash(call, *which)};
  const auto& slot = all.what.slot;
  auto why = reason_of(all);
  sheet out{.facts = {{"slot", slot.slot},
                      {"agent", all.what.agent},
                      {"agent_linked", all.agent_linked},
                      {"wanted", why.wanted},
                      {"runs_as", in_words(slot.want)},
                      {"edited", edit_json(why.edited)},
                      {"phase", std::string(phase_name(slot.phase))},
                      {"pid", slot.pid == 0 ? json::value{} : json::value{slot.pid}},
                      {"member", all.is_member},
                      {"restarts", slot.restarts},
                      {"generation", slot.generation},
                      {"last_end", slot.last_end},
                      {"last_crash", crash_fact(all.crash)},
                      {"gave_up", slot.gave_up},
                      {"remedies", texts(why.remedies)}}};
  out.before = std::move(why.lines);
  for (const auto& one : why.remedies) {
    out.before.push_back("to do: " + one);
  }
  if (why.remedies.empty()) {
    out.before.emplace_back("to do: nothing");
  }
  return out;
}

namespace {

std::string line_of(const slot_change& what) {
  return std::string(name_of(what.what)) + " " + what.slot + " on " + what.agent + ": "
         + what.detail
         + (what.ends_process && what.what == change_kind::change
                ? "; its process ends in good order and begins anew"
            : what.ends_process ? "; its process ends in good order"
                                : "")
         + what.load;
}

json::value json_of(const slot_change& what) {
  return json::object_of({{"change", std::string(name_of(what.what))},
                          {"slot", what.slot},
                          {"agent", what.agent},
                          {"detail", what.detail}});
}

std::string count_of(std::size_t number, const std::string& what) {
  return std::to_string(number) + " " + what + (number == 1 ? "" : "s");
}

/// Carries out a difference: what starts at once, then each change when the one before is in place,
/// and at last what stops, so that the cluster is not without more than one slot at a time.
class plan_applier {
public:
  plan_applier(command_call& call, double seconds)
      : call_(call),
        patience_(std::chrono::duration_cast<duration>(std::chrono::duration<double>(seconds))) {}

  /// Errors: the first of a step; the steps after it are left.
  result<void> carry_out(const std::vector<slot_change>& all) {
    std::vector<const slot_change*> step;
    for (std::size_t i = 0; i < all.size(); ++i) {
      step.push_back(&all[i]);
      const bool goes_on = i + 1 < all.size() && step_of(all[i]) == step_of(all[i + 1])
                           && all[i].what != change_kind::change;
      if (!goes_on) {
        if (auto fine = take(step); !fine) {
          return fine;
        }
        step.clear();
      }
    }
    return {};
  }

  [[nodiscard]] std::size_t done() const { return done_; }

private:
  struct awaited {
    const slot_change* what;
    node_ref before; ///< The process that had the name; nobody: none had.
    std::uint64_t generation;
  };

  static int step_of(const slot_change& what) {
    return what.what == change_kind::change ? 1 : what.what == change_kind::stop ? 2 : 0;
  }

  result<void> take(const std::vector<const slot_change*>& step) {
    result<void> first;
    std::vector<awaited> waits;
    for (const auto* one : step) {
      const auto* before = node_named(*call_.cluster.view(), one->slot);
      const auto was = before == nullptr ? node_ref{} : before->who.node;
      const auto ordered = order(*one);
      if (!ordered) {
        failed(*one, ordered.err(), first);
      } else if (one->what == change_kind::stop
                 || (one->what == change_kind::change && !one->ends_process)) {
        succeeded(*one, ordered->generation);
      } else {
        waits.push_back({one, was, ordered->generation});
      }
    }
    const auto until = call_.cluster.now() + patience_;
    for (const auto& one : waits) {
      if (auto up = wait_for(one, until); !up) {
        failed(*one.what, up.err(), first);
      } else {
        succeeded(*one.what, one.generation);
      }
    }
    return first;
  }

  result<order_done> order(const slot_change& what) {
    if (call_.cluster.interrupted()) {
      return error{.code = errc::cancelled, .text = "not begun: interrupted"};
    }
    return give_order(call_, {.slot = what.slot,
                              .run = what.what != change_kind::stop,
                              .want = what.want,
                              .act = slot_act::edit,
                              .who = {},
                              .node = what.agent});
  }

  result<void> wait_for(const awaited& one, time_point until) {
    const auto& slot = one.what->slot;
    while (true) {
      const auto view = call_.cluster.view();
      const auto now = slot_of(*view, slot);
      const auto* member = node_named(*view, slot);
      const bool is_new = now && now->slot.generation >= one.generation;
      if (is_new && now->slot.phase == slot_phase::running && member != nullptr
          && member->who.node != one.before && !member->who.services.empty()) {
        return {};
      }
      if (is_new && !now->slot.gave_up.empty()) {
        return error{.code = errc::peer_gone, .text = now->slot.gave_up};
      }
      if (call_.cluster.now() >= until) {
        return error{.code = errc::timeout,
                     .text = "ordered, but its process was no member in time; see `plan why " + slot
                             + "`"};
      }
      if (!call_.cluster.pause(50ms)) {
        return error{.code = errc::cancelled, .text = "ordered; not waited for: interrupted"};
      }
    }
  }

  void succeeded(const slot_change& what, std::uint64_t generation) {
    ++done_;
    tell(what, "done", generation, "done: " + line_of(what));
  }

  void failed(const slot_change& what, const error& why, result<void>& first) {
    tell(what, why.text, 0, "failed: " + line_of(what) + ": " + why.text);
    if (first) {
      first = why;
    }
  }

  void tell(const slot_change& what, const std::string& outcome, std::uint64_t generation,
            const std::string& text) {
    auto object = json_of(what);
    object.set("outcome", outcome);
    object.set("generation", generation == 0 ? json::value{} : json::value{generation});
    call_.emit(object, text);
  }

  command_call& call_;
  duration patience_;
  std::size_t done_ = 0;
};

/// What the operator agrees to. A session that may not change anything sees it as a command's
/// output, which programs read too.
result<void> agree_to(command_call& call, const plan_difference& what) {
  const auto summary = count_of(what.changes.size(), "change") + " of what agents keep running";
  if (!call.may_write) {
    for (const auto& one : what.changes) {
      call.emit(json_of(one), line_of(one));
    }
    for (const auto& one : what.notes) {
      call.emit(json::object_of({{"note", one}}), one);
    }
    return allow(call, summary + ", as above");
  }
  auto plan = summary;
  for (const auto& one : what.changes) {
    plan += "\n  " + line_of(one);
  }
  for (const auto& one : what.notes) {
    plan += "\n  (" + one + ")";
  }
  return allow(call, plan);
}

result<plan_difference> difference_now(command_call& call, const cluster_file& file) {
  return compare_plan(file, *call.cluster.view(), edits_of(call.cluster).edits,
                      call.given.has("--prune"));
}

bool names_groups(const plan_difference& what) {
  return std::ranges::any_of(what.changes,
                             [](const slot_change& one) { return !one.want.group.empty(); });
}

} // namespace

result<sheet> run_plan_apply(command_call& call) {
  const auto path = call.given.at(0);
  const auto patience = number_of(call.given, "--timeout", 60, 0.1, 86'400);
  if (!patience) {
    return patience.err();
  }
  if (auto fine = check_regular(path); !fine) {
    return fine.err();
  }
  auto file = read_cluster_file(path);
  if (!file) {
    return file.err();
  }
  make_models_absolute(*file);
  auto what = difference_now(call, *file);
  if (!what) {
    return what.err();
  }
  if (names_groups(*what)) {
    what->notes.emplace_back("how a group is kept running is as its agent read it at its start");
  }
  sheet out{.facts = {{"file", path},
                      {"same", what->same},
                      {"changes", what->changes.size()},
                      {"notes", texts(what->notes)}}};
  if (what->changes.empty()) {
    out.before = {"nothing is to do: " + count_of(what->same, "slot") + " as in " + path};
    out.after = what->notes;
    return out;
  }
  for (auto& one : what->changes) {
    one.load = one.ends_process ? load_of(call, one.slot) : "";
  }
  if (auto fine = agree_to(call, *what); !fine) {
    return fine.err();
  }
  const auto again = difference_now(call, *file);
  if (!again || !again->is_like(*what)) {
    return error{.code = errc::cancelled,
                 .text = "nothing was done: what agents keep changed while you were asked; apply "
                         "again to see how"};
  }
  plan_applier applier(call, *patience);
  const auto done = applier.carry_out(what->changes);
  if (!done) {
    return error{.code = done.err().code,
                 .text = std::to_string(applier.done()) + " of "
                         + count_of(what->changes.size(), "change")
                         + " done, then: " + done.err().text + "; apply again to go on from there"};
  }
  out.before = {count_of(applier.done(), "change") + " done, " + count_of(what->same, "slot")
                + " left as in " + path};
  out.after = what->notes;
  return out;
}

} // namespace troupe::shell
