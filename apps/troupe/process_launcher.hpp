// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/node/node_core.hpp"
#include "apps/troupe/options.hpp"
#include "runtime/base/timers.hpp"
#include "runtime/process/child_processes.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace troupe {

/// Where the process of that name leaves its last words.
[[nodiscard]] std::string last_words_path(const std::string& run_dir, const std::string& name);

/// Starts a node's slots as processes of this same program. Each gets a log and a file for its last
/// words in the run directory; what they hold when it ends is told with its end.
/// Thread: inside the node's actor; exits are told on the reaper's thread.
class process_launcher final : public launcher {
public:
  using exit_call = std::function<void(std::int64_t pid, const process_end& how)>;

  /// `join` tells the bus endpoint of this process; `queue` outlives this.
  process_launcher(const app_config& config, std::map<std::string, std::string> environment,
                   std::function<std::string()> join, timers& queue, const clock& time);

  /// Called once, before the first start.
  void on_exit(exit_call call) { on_exit_ = std::move(call); }

  result<std::int64_t> start(const std::string& slot, const slot_config& what) override;
  void stop(std::int64_t pid) override;
  void kill(std::int64_t pid) override;

private:
  app_config config_;
  std::map<std::string, std::string> environment_;
  std::function<std::string()> join_;
  timers& queue_;
  const clock& time_;
  exit_call on_exit_;
  std::shared_ptr<process::child_processes> children_;
};

} // namespace troupe
