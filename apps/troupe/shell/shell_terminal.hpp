// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/shell/core_shell.hpp"
#include "apps/troupe/shell/cluster_client.hpp"
#include "runtime/process/descriptor.hpp"
#include "runtime/process/signals.hpp"

#include <deque>
#include <mutex>
#include <string>
#include <vector>

namespace troupe::shell {

/// The two sides of a shell: its console core calls one, the terminal's thread waits at the other.
/// Queues are bounded; the oldest events and traces give way.
class shell_terminal final : public cluster_client, public console_port {
public:
  /// `ends` holds SIGINT and SIGTERM back; it outlives this.
  explicit shell_terminal(const process::signal_set& ends);

  /// Called once, before anything is asked.
  void connect(spawned<console_core> console) { console_ = std::move(console); }

  // console_port: inside the actor.
  void see(std::shared_ptr<const console_view> now) override;
  void happened(const console_event& what) override;
  void traced(const actor_ref& admin, const trace_events& what) override;

  // cluster_client: the terminal's thread.
  std::shared_ptr<const console_view> view() override;
  std::vector<console_answer> ask(std::vector<console_question> what, duration timeout) override;
  void tell(console_question what) override;
  std::vector<std::pair<actor_ref, trace_events>> next_traced(duration timeout) override;
  std::vector<console_event> next_events(duration timeout) override;
  bool pause(duration time) override;
  bool interrupted() override { return interrupted_; }
  time_point now() override { return machine_clock().now(); }

  /// Waits until every node is linked or two seconds have passed with some. False: nobody answered.
  bool wait_until_linked(duration timeout);

  /// A command begins: forgets Ctrl-C and old traces.
  void begin() {
    interrupted_ = false;
    (void)next_traced(duration{0});
  }

  /// Events not yet taken by next_events, as lines, without taking them for `events`.
  std::vector<std::string> take_notices();
  [[nodiscard]] int bell() const { return bell_.get(); }
  [[nodiscard]] int signals() const { return ends_.fd(); }

  /// Takes a waiting signal; SIGTERM ends the shell at its next line.
  bool take_signal();
  [[nodiscard]] bool is_ended() const { return ended_; }

  /// A line from standard input, for questions; nothing after Ctrl-C or at its end.
  std::optional<std::string> read_line();

private:
  void ring() const;
  template <class Ready>
  bool wait(duration timeout, Ready ready);

  const process::signal_set& ends_;
  process::descriptor bell_;
  std::optional<spawned<console_core>> console_;

  std::mutex mutex_; ///< Of the four below.
  std::shared_ptr<const console_view> view_ = std::make_shared<const console_view>();
  std::deque<console_event> events_;
  std::deque<console_event> notices_;
  std::deque<std::pair<actor_ref, trace_events>> traced_;

  bool interrupted_ = false;
  bool ended_ = false;
};

} // namespace troupe::shell
