// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/bench/contender.hpp"

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace troupe::bench {

/// Has actors started in another process, one after the other.
/// Thread: the command's. Construct none before every peer process is forked.
class spawner {
public:
  spawner() = default;
  spawner(const spawner&) = delete;
  spawner& operator=(const spawner&) = delete;
  virtual ~spawner() = default;

  /// Microseconds of each until it could be addressed and was watched. Each is ended, and its end
  /// was told, before the next begins. Fewer than `count`: one failed.
  virtual std::vector<double> spawns(std::size_t count) = 0;
};

/// CAF's own, of the peer that serve_basp is.
std::unique_ptr<spawner> make_basp_spawner(const std::string& endpoint);

/// A node with the roles directory and agent. What it spawns is a node with the role cache: in this
/// same peer process, with a bus of its own,
void serve_agent(const peer_process::child_side& up);
/// or, as in a cluster, a process of its own. Its files are in `run_dir`.
void serve_process_agent(const peer_process::child_side& up, const std::string& run_dir,
                         const std::map<std::string, std::string>& environment);

/// Asks the agent there, as any actor of a cluster may.
std::unique_ptr<spawner> make_agent_spawner(const std::string& endpoint);

/// Of the cluster that the peers and the spawners are.
inline constexpr const char* spawn_cluster = "bench";

} // namespace troupe::bench
