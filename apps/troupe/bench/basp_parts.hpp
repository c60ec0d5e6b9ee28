// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/actor_system.hpp"

#include <caf/actor_system_config.hpp>
#include <caf/io/middleman.hpp>

namespace troupe::bench {

/// What a peer of CAF's remoting lets others spawn.
inline constexpr const char* spawned_type = "answering";

struct basp_config : caf::actor_system_config {
  basp_config() {
    load<caf::io::middleman>();
    configure_actors(*this, 2);
  }
};

} // namespace troupe::bench
