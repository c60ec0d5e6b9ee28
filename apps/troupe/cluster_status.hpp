// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/cluster_file.hpp"
#include "runtime/json/value.hpp"

#include <string>
#include <vector>

namespace troupe {

/// What the admin port of a node says of the whole cluster. Errors: those of asking.
[[nodiscard]] result<json::value> ask_status(unsigned admin_port);

/// One row per node after the heading: name, pid, roles, model, HTTP port, endpoint, "up" or
/// "silent".
[[nodiscard]] std::vector<std::vector<std::string>> node_rows(const json::value& status);

/// The nodes of the file that are not up, as people are told: "decode-1", "decode-3 (host b)".
[[nodiscard]] std::vector<std::string> missing_nodes(const json::value& status,
                                                     const cluster_file& file);

} // namespace troupe
