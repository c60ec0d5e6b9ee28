// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

namespace troupe::engine {

/// Faults that can be planted in an engine, each a rule of the protocol left out. A simulation that
/// does not find them is broken. All off in production.
struct engine_mutants {
  bool no_limbo = false;    ///< A slot is reused while a step or transfer may still touch it.
  bool eager_start = false; ///< A sequence runs while its imports are still queued.
};

} // namespace troupe::engine
