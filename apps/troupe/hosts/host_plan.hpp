// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/cluster_file.hpp"
#include "apps/troupe/hosts/host_bundle.hpp"

#include <string>
#include <vector>

namespace troupe {

/// The part of a cluster file that one of its hosts' agents keeps running, as a file of its own:
/// that host's nodes, each with its model, and their groups.
[[nodiscard]] std::string slice_of(const cluster_file& file, const cluster_host& host);

/// A cluster file of the same name with the same hosts, for those that have to be ended only: each
/// has one node, of no meaning.
[[nodiscard]] std::string write_hosts(const cluster_file& file);

/// What is run on one other host, and what it is sent.
/// Checked: test/unit/hosts/host_plan_test.cpp
class host_plan {
public:
  /// `program`: the path of this program here, which is taken for that there where the file names
  /// none. Both references outlive this.
  host_plan(const cluster_file& file, const cluster_host& host, const std::string& program);

  [[nodiscard]] const cluster_host& host() const { return host_; }
  [[nodiscard]] const std::string& program() const { return program_; }

  /// Its agent's and those of its slots: whose keys it needs.
  [[nodiscard]] std::vector<std::string> node_names() const;

  /// Which version is there.
  [[nodiscard]] std::vector<std::string> ask_version() const;

  /// Reads the bundle, and starts the agent if none runs. `join`: the bus endpoint of the agent
  /// with the directory.
  [[nodiscard]] std::vector<std::string> start(const std::string& join) const;

  /// Ends the agent and its processes, if it runs.
  [[nodiscard]] std::vector<std::string> stop() const;

private:
  [[nodiscard]] std::vector<std::string> host_command(const std::string& what) const;

  const cluster_file& file_;
  const cluster_host& host_;
  std::string program_;
};

/// Whether the hosts can reach each other as the file says. Errors: invalid_value (links between
/// hosts without keys; an address that others do not reach), with the remedy.
[[nodiscard]] result<void> check_links(const cluster_file& file, bool with_keys);

} // namespace troupe
