// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/admin/admin_core.hpp"
#include "actors/node/node_core.hpp"
#include "actors/shell/core_shell.hpp"
#include "runtime/http/server.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace troupe {

/// Collects the text of /metrics and hands it on, from any thread, without blocking the caller.
using metrics_source = std::function<void(std::function<void(std::string)>)>;

/// The loopback port of operators: GET /metrics (Prometheus text), GET /status (JSON: nodes,
/// services and what they say), POST /scale {"slot", "run", "roles", "model"}; of an agent's
/// process also GET /crashes (how the processes it started died). Thread: I/O threads; questions go
/// to the admin actor and come back as posted answers. Errors: those of http::server::start.
[[nodiscard]] result<std::unique_ptr<http::server>> start_admin_api(
    std::uint16_t port, const spawned<admin_core>& admin,
    const std::optional<spawned<node_core>>& agent, metrics_source metrics);

} // namespace troupe
