// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/simulation/sim_clients.hpp"
#include "actors/simulation/sim_node.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/sim_network.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

/// Nodes and clients on one virtual queue, run from a seed: what every simulated scene is made of.
/// A scene adds nodes, plans what happens to them, and checks what must hold.
/// Thread: one. Checked: test/sim
class sim_scene {
public:
  sim_scene(const mutant_switches& mutants, std::uint64_t seed);
  sim_scene(const sim_scene&) = delete;
  sim_scene& operator=(const sim_scene&) = delete;

protected:
  ~sim_scene() = default;

  /// A client goes, or does not read for a while.
  virtual void leave(client_id /*who*/) {}
  virtual void stall(client_id /*who*/) {}
  /// One that must fail was told so.
  virtual void told(client_id /*who*/) {}
  /// After actors of a node ran, and after all have nothing left to do for now.
  virtual void after_node() {}
  virtual void after_all() {}

  void add(const std::string& name, node_roles roles);
  void run_until(time_point end); ///< Or until something fails.
  void fail(const std::string& what);
  [[nodiscard]] std::uint64_t elapsed_ms() const {
    return static_cast<std::uint64_t>(time_.elapsed() / 1ms);
  }

  rng draws_;
  virtual_time time_;
  sim_network network_;
  sim_clients clients_;
  sim_place place_;
  std::vector<std::unique_ptr<sim_node>> nodes_;
  std::vector<time_point> awake_at_;   ///< Of each node; its actors do not run before.
  std::optional<std::string> failure_; ///< The first.
  std::uint64_t seed_;
  std::uint64_t hash_ = 0;

private:
  void settle();
  void trace(std::uint64_t a, std::uint64_t b);
};

} // namespace troupe
