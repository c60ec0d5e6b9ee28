// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/console/console_view.hpp"
#include "actors/core/core.hpp"
#include "runtime/bus/posts.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace troupe {

struct console_config {
  std::string name = "shell";
  node_ref self;
  duration refresh_every{0}; ///< Of what the nodes report; 0: never.
  duration answer_time = 2s; ///< Of the refresh.
  duration relink_after = 500ms;
  std::size_t questions_max = 16'384; ///< Open ones.
};

/// A message for an actor; `what` is of any registered type.
struct console_question {
  actor_ref to;
  message what;
};

struct console_answer {
  message body;
  error why; ///< none: `body` is the answer.
  duration took{0};
};

/// An operator's terminal in the cluster: keeps what is known of nodes, plans and actors, asks any
/// actor anything, and hears traces. It changes nothing by itself.
/// Thread: inside the actor. Checked: test/unit/console/console_core_test.cpp
class console_core {
public:
  using handles = message_list<members, plan_report, trace_events, status_query>;
  using answers_call = std::function<void(std::vector<console_answer>)>;

  /// `port` outlives the core.
  console_core(console_config config, console_port& port);

  /// Asks all at once; `done` hears all answers in order, at the latest after `timeout`.
  void ask(std::vector<console_question> what, duration timeout, answers_call done, context& cx);

  void tell(const console_question& what, context& cx) { cx.out.tell_any(what.to, what.what); }

  void on_peer_up(const peer_up& who, context& cx);
  void on_peer_down(const peer_down& who, context& cx);

  void on(const members& what, context& cx);
  void on(const plan_report& what, context& cx);
  void on(const trace_events& what, context& cx);
  void on(const status_query& what, context& cx);

  void on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

private:
  struct round {
    std::vector<console_answer> answers;
    std::size_t missing = 0;
    time_point begun;
    answers_call done;
  };
  struct question {
    std::shared_ptr<round> of; ///< Null: a refresh of `node`.
    std::size_t index = 0;
    node_ref node;
  };

  void reach(const member& who, context& cx);
  void refresh(context& cx);
  void take_report(const node_ref& of, const node_report& what, time_point now);
  void compare(const std::string& node, const plan_report& before, const plan_report& now,
               context& cx);
  void happened(std::string what, std::string subject, std::string detail, context& cx);
  void publish();

  console_config config_;
  console_port& port_;
  console_view view_;
  std::map<node_ref, time_point> reported_at_;
  std::map<std::uint64_t, question> open_;
  bool is_first_ = true; ///< No news before the first list of members.
  std::optional<time_point> refresh_at_;
  std::optional<time_point> relink_at_;
  std::set<node_ref> lost_; ///< Whose session ended and who was not reached by the next yet.
};

} // namespace troupe
