// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <caf/actor_system_config.hpp>

#include <cstddef>

namespace troupe {

/// Prepares CAF for a node: work sharing (its default wakes sleeping workers up to 100 us late),
/// no logging, no module. `threads` runs all actors of the process; 1 or 2.
void configure_actors(caf::actor_system_config& config, std::size_t threads);

/// The same for tests and the simulation: nothing runs until the driver says so
/// (caf::scheduler::test_coordinator).
void configure_actors_for_testing(caf::actor_system_config& config);

} // namespace troupe
