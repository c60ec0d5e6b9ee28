// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace caf {
class actor_system;
}

namespace troupe::chaos {

/// A node that joins a cluster's directory over the bus, offers services that do nothing, and
/// leaves in good order. Many of them are in one process, each with a bus of its own.
/// Thread: one at a time, not the bus's.
class guest {
public:
  struct plan {
    std::uint64_t id = 0; ///< Tells nodes apart.
    std::string cluster;
    std::size_t services = 1; ///< Actors that all of the cluster hear of; at most 64.
  };

  guest(caf::actor_system& actors, plan what);
  guest(const guest&) = delete;
  guest& operator=(const guest&) = delete;
  ~guest(); ///< Leaves.

  /// False: the directory behind that endpoint gave no lease within `patience`.
  [[nodiscard]] bool join(const std::string& endpoint, duration patience);

private:
  struct state;
  std::unique_ptr<state> state_;
};

} // namespace troupe::chaos
