// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/commands.hpp"
#include "apps/troupe/hosts/host_plan.hpp"

#include <functional>
#include <string>
#include <vector>

namespace troupe {

class host_runner;

/// The keys of a node below --keys of `up`, which are a cluster's.
[[nodiscard]] std::string keys_of_node(const command_context& cx, const std::string& node);

/// The other hosts of a cluster file, for `up` and `down`. Both arguments outlive this; without
/// hosts nothing is done.
class other_hosts {
public:
  other_hosts(const command_context& cx, const cluster_file& file);

  /// Checks what can be checked here, and packs what is sent. Errors: those of check_links and of
  /// the keys.
  [[nodiscard]] result<void> prepare();

  /// What `up` would run, `agent` here first. Returns the exit code.
  [[nodiscard]] int print_commands(const std::vector<std::string>& agent) const;

  /// Leaves in the run directory which hosts `down` has to end. Errors: io_failed.
  [[nodiscard]] result<void> remember(const std::string& run_dir) const;

  /// One result for each host. Requires: prepared.
  [[nodiscard]] std::vector<result<void>> start(const std::string& join) const;
  [[nodiscard]] std::vector<result<void>> stop() const;

private:
  using host_work = std::function<std::vector<result<void>>(host_runner&)>;

  [[nodiscard]] std::vector<result<void>> with_runner(const host_work& work) const;

  const command_context& cx_;
  const cluster_file& file_;
  std::vector<host_plan> plans_;
  std::vector<host_bundle> bundles_;
};

/// Adds those that `up` left in the run directory and the file does not name.
void add_remembered_hosts(const std::string& run_dir, cluster_file& file);
void forget_hosts(const std::string& run_dir);

} // namespace troupe
