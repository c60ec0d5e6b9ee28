// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/process/child_processes.hpp"

namespace troupe::process {

/// Forks and executes on the calling thread. Not for use outside child_processes.
[[nodiscard]] result<pid_t> spawn_here(const child_options& what);

} // namespace troupe::process
