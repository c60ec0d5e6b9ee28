// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/hosts/host_plan.hpp"
#include "runtime/process/child_processes.hpp"

#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace troupe {

/// Runs what is planned on other hosts by ssh, on several at once.
/// Role: one per `up` or `down`. Thread: any; blocks until every host is done or its time is over.
class host_runner {
public:
  /// `program`: the path of an ssh.
  host_runner(std::string program, std::map<std::string, std::string> environment)
      : program_(std::move(program)), environment_(std::move(environment)) {}

  /// Looks at the program there, then has it start the agent unless one runs: one result for each
  /// plan, in their order. `bundles` go with the plans. Errors: those of judge_ssh and
  /// judge_version.
  [[nodiscard]] std::vector<result<void>> start(const std::vector<host_plan>& plans,
                                                const std::vector<host_bundle>& bundles,
                                                const std::string& join);

  /// Ends the agents: one result for each plan, in their order.
  [[nodiscard]] std::vector<result<void>> stop(const std::vector<host_plan>& plans);

  /// Of hosts that are not done yet. Thread: any.
  [[nodiscard]] std::vector<std::string> pending() const;

private:
  void for_each(const std::vector<host_plan>& plans, const std::function<void(std::size_t)>& work);
  [[nodiscard]] result<std::string> run(const host_plan& plan,
                                        const std::vector<std::string>& words, std::string input,
                                        duration timeout);

  std::string program_;
  std::map<std::string, std::string> environment_;
  process::child_processes children_;
  mutable std::mutex mutex_;
  std::set<std::string> pending_;
};

/// Calls `work` once for each index below `count`, at most `at_once` at a time, and waits for all.
void for_each_at_once(std::size_t count, std::size_t at_once,
                      const std::function<void(std::size_t)>& work);

} // namespace troupe
