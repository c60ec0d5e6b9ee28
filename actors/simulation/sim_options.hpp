// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/directory/election.hpp"
#include "actors/gateway/gateway_config.hpp"
#include "actors/router/router_core.hpp"
#include "actors/worker/worker_config.hpp"
#include "engine/core/mutants.hpp"
#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/fault_points.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// One rule of the protocol left out, everywhere in the simulated cluster.
struct mutant_switches {
  gateway_mutants gateway;
  router_mutants router;
  worker_mutants worker;
  bus_mutants links;
  engine::engine_mutants engine;
  directory_mutants directory;
  bool put_unchecked = false; ///< Of the cache shard.
};

/// The names of all mutants, for help.
[[nodiscard]] const std::vector<std::string>& mutant_names();

/// Empty: none. Errors: invalid_value with the names there are.
[[nodiscard]] result<mutant_switches> parse_mutant(std::string_view name);

enum class simulation_scene : std::uint8_t {
  serving,     ///< A cluster under load (sim_cluster.hpp).
  directories, ///< Several directories under partitions (sim_directories.hpp).
  bus,         ///< Talk between actors under every fault (sim_bus.hpp).
  crowd,       ///< Very many nodes, of which a tenth is lost at once (sim_crowd.hpp).
  poison,      ///< Requests that kill workers (sim_poison.hpp).
};

[[nodiscard]] std::string_view name_of(simulation_scene scene);
/// One of the names; anything else is `serving`.
[[nodiscard]] simulation_scene parse_scene(std::string_view name);

/// Whether the scene has that kind of fault switched by simulation_options::kinds.
[[nodiscard]] bool has_kind(simulation_scene scene, fault what);

/// A simulated cluster: one seed decides all of it.
struct simulation_options {
  simulation_scene scene = simulation_scene::serving;
  std::uint32_t requests = 200;
  std::uint32_t embeddings = 16;      ///< One request in so many wants some; 0: none.
  duration span = 60s;                ///< Virtual; requests and the fault fall into it.
  bool faults = true;                 ///< At least one per seed.
  bool keys = false;                  ///< Links are authenticated; a refusal is a failure.
  fault_set kinds = fault_set::all(); ///< Of the scene `bus`, and of stores in `serving`.
  std::uint32_t nodes = 1000;         ///< Of the scene `crowd`.
  std::string mutant;
};

/// What one seed did.
struct seed_outcome {
  std::uint64_t seed = 0;
  std::string failure; ///< Empty: every property held.
  std::string fault;   ///< What was done to the cluster, for people.
  std::uint64_t nodes = 0;
  std::uint64_t events = 0; ///< Tasks of the virtual queue.
  std::uint64_t trace_hash = 0;
  std::uint64_t virtual_ms = 0;
  std::uint64_t ended = 0;
  std::uint64_t left = 0; ///< Clients that went away.
  std::uint64_t lost = 0; ///< Clients whose gateway was killed.
  std::uint64_t replaced = 0;
  std::uint64_t accepted_tokens = 0;
  std::uint64_t embedded = 0;  ///< Inputs.
  std::uint64_t messages = 0;  ///< Handled by actors that check them.
  std::uint64_t formed_ms = 0; ///< Of a crowd: until all knew each other.
  std::uint64_t agreed_ms = 0; ///< Of a crowd: until all agreed after the loss.
  fault_counts faults{};
};

} // namespace troupe
