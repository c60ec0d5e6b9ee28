// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/command.hpp"
#include "apps/troupe/shell/shell_line.hpp"
#include "test/support/core_driver.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace troupe::test {

/// A cluster that answers from a script: node 1 is an agent with directory and planner, node 2 a
/// gateway with a router, node 3 decodes.
class scripted_cluster : public shell::cluster_client {
public:
  scripted_cluster() {
    add(1, "host-agent", {{service_role::planner, 11}, {service_role::node, 12}});
    add(2, "gateway-1", {{service_role::gateway, 21}, {service_role::router, 22}});
    add(3, "decode-1", {{service_role::worker, 31}});
    auto& worker = now_->nodes.at(ref_of(3).node).who.services.front();
    worker.roles = role_decode;
    worker.model = "tiny";
    plan_report plan{.node = ref_of(1).node};
    plan.slots.push_back({.slot = "decode-1",
                          .generation = 1,
                          .phase = slot_phase::running,
                          .want = {.roles = "decode", .model = "models/tiny"},
                          .pid = 103});
    now_->plans["host-agent"] = plan;
  }

  static actor_ref actor(std::uint64_t node, std::uint64_t number) {
    return {.node = ref_of(node).node, .actor = number};
  }

  /// A node with its admin, actor 1, and these services.
  void add(std::uint64_t number, const std::string& name,
           const std::vector<std::pair<service_role, std::uint64_t>>& services) {
    auto& node = now_->nodes[ref_of(number).node];
    node.who = {.node = ref_of(number).node, .name = name};
    node.admin = actor(number, 1);
    for (const auto& [role, which] : services) {
      node.who.services.push_back({.role = role, .actor = actor(number, which)});
    }
  }

  console_view& known() { return *now_; }

  template <bus_message M>
  void answer_with(M what) {
    script_.push_back(message::of(std::move(what)));
  }

  std::shared_ptr<const console_view> view() override { return now_; }
  std::vector<console_answer> ask(std::vector<console_question> what, duration) override {
    std::vector<console_answer> all;
    for (auto& one : what) {
      asked.push_back(one);
      console_answer got;
      const bool is_note = one.what.type() == operator_note::type;
      if (is_note) {
        got.body = message::of(operator_noted{});
      } else if (script_.empty()) {
        got.why = {.code = errc::timeout, .text = "the script is over"};
      } else {
        got.body = script_.front();
        script_.pop_front();
      }
      all.push_back(std::move(got));
    }
    return all;
  }
  void tell(console_question what) override { told.push_back(std::move(what)); }
  std::vector<std::pair<actor_ref, trace_events>> next_traced(duration) override {
    clock_ += 100ms;
    return std::exchange(traced, {});
  }
  std::vector<console_event> next_events(duration) override { return {}; }
  bool pause(duration time) override {
    clock_ += time;
    pauses.push_back(time);
    if (on_pause) {
      on_pause();
    }
    return !ctrl_c;
  }
  bool interrupted() override { return ctrl_c; }
  time_point now() override { return clock_; }

  template <bus_message M>
  std::vector<const M*> asked_of() const {
    std::vector<const M*> found;
    for (const auto& one : asked) {
      if (const auto* m = one.what.as<M>()) {
        found.push_back(m);
      }
    }
    return found;
  }

  /// Runs a line as the shell would, without pipe or file.
  result<shell::sheet> run(const std::string& text) {
    const auto line = shell::parse_line(text);
    if (!line) {
      return line.err();
    }
    const auto* what = shell::find_command(line->words);
    if (what == nullptr) {
      return error{.code = errc::unknown_option, .text = "no such command"};
    }
    const auto given =
        shell::parse_arguments(*what, std::span(line->words).subspan(shell::words_in(what->name)));
    if (!given) {
      return given.err();
    }
    shell::command_call call{.given = *given,
                             .cluster = *this,
                             .who = "ann@host",
                             .may_write = may_write,
                             .why_not = "connect again with --write",
                             .may_harm = may_harm,
                             .cluster_name = "demo",
                             .version = "troupe 0.0.0 (wire 1)",
                             .at_terminal = at_terminal,
                             .agree =
                                 [this](const std::string& plan) {
                                   plans.push_back(plan);
                                   if (on_agree) {
                                     on_agree();
                                   }
                                   return agrees;
                                 },
                             .emit =
                                 [this](const json::value& object, const std::string& said) {
                                   objects.push_back(object);
                                   emitted.push_back(said);
                                 },
                             .run = [this](const std::string& inner) -> result<void> {
                               lines.push_back(inner);
                               return {};
                             }};
    return what->run(call);
  }

  bool may_write = false;
  bool may_harm = false;
  bool agrees = true;
  bool at_terminal = false;
  std::vector<console_question> asked;
  std::vector<console_question> told;
  std::vector<std::string> plans;
  std::vector<std::string> emitted;
  std::vector<json::value> objects; ///< The same for programs.
  std::vector<duration> pauses;
  std::function<void()> on_pause;
  std::function<void()> on_agree;
  bool ctrl_c = false;
  std::vector<std::string> lines;
  std::vector<std::pair<actor_ref, trace_events>> traced;

private:
  std::shared_ptr<console_view> now_ = std::make_shared<console_view>();
  std::deque<message> script_;
  time_point clock_ = time_point{} + 1h;
};

} // namespace troupe::test
