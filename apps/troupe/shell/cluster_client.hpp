// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/console/console_core.hpp"
#include "runtime/base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace troupe::shell {

/// A console core as the terminal's thread uses it: it waits, and Ctrl-C ends the waiting.
class cluster_client {
public:
  cluster_client() = default;
  cluster_client(const cluster_client&) = delete;
  cluster_client& operator=(const cluster_client&) = delete;
  virtual ~cluster_client() = default;

  /// What is known now; never waits.
  [[nodiscard]] virtual std::shared_ptr<const console_view> view() = 0;

  /// One answer for each question, in order. Errors inside the answers; `cancelled` after Ctrl-C.
  [[nodiscard]] virtual std::vector<console_answer> ask(std::vector<console_question> what,
                                                        duration timeout) = 0;

  virtual void tell(console_question what) = 0;

  /// What traces have shown since the last call, waiting for some at most `timeout`.
  [[nodiscard]] virtual std::vector<std::pair<actor_ref, trace_events>> next_traced(
      duration timeout) = 0;

  /// What happened since the last call, waiting for some at most `timeout`.
  [[nodiscard]] virtual std::vector<console_event> next_events(duration timeout) = 0;

  /// False: Ctrl-C came before the time was over.
  [[nodiscard]] virtual bool pause(duration time) = 0;

  /// Whether Ctrl-C came since the command began.
  [[nodiscard]] virtual bool interrupted() = 0;

  [[nodiscard]] virtual time_point now() = 0;
};

inline constexpr duration answer_time = 5s;

/// Asks one actor for an answer of type M. Errors: the answer's; malformed for another type.
template <bus_message M, bus_message Q>
[[nodiscard]] result<M> ask_one(cluster_client& over, const actor_ref& to, Q what,
                                duration timeout = answer_time) {
  auto answers = over.ask({{to, message::of(std::move(what))}}, timeout);
  if (const auto* body = answers.front().body.template as<M>()) {
    return *body;
  }
  auto why = std::move(answers.front().why);
  if (why.code == errc::none) {
    why = {.code = errc::malformed, .text = "the answer is of another type"};
  }
  return why;
}

} // namespace troupe::shell
