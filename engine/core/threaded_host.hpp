// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_host.hpp"
#include "runtime/base/clock.hpp"

#include <memory>

namespace troupe::engine {

/// An engine_host whose loop and executor run on a thread of its own, started by `listen`. A step
/// with a simulated cost takes that long. Events and snapshots are told on that thread. Where the
/// execution computes beside its host, only planning stands between two steps: what happened is
/// told, commands are taken and blocks are copied while the next one is computed.
///
/// `time` must outlive it. The destructor ends the thread after the step that runs; nothing is told
/// after it returns, queued commands are dropped.
/// Bounds: commands_max commands and commands_bytes_max of their bytes.
/// Checked: test/unit/engine/threaded_host_test.cpp
[[nodiscard]] std::unique_ptr<engine_host> make_threaded_host(std::unique_ptr<executor> exec,
                                                              const host_options& options,
                                                              const clock& time);

} // namespace troupe::engine
