// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/cluster_client.hpp"
#include "messages/inspect.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::shell {

struct told_request {
  std::string gateway; ///< The node's name.
  request_info what;
};

/// Of all gateways, newest first; those that do not answer are left out, and named in `silent`.
[[nodiscard]] std::vector<told_request> all_requests(cluster_client& over, request_id only = {},
                                                     std::vector<std::string>* silent = nullptr);

/// Errors: not_found.
[[nodiscard]] result<told_request> find_request(cluster_client& over, request_id id);

[[nodiscard]] std::string_view phase_name(request_phase what);

/// A word that parse_line reads as one.
[[nodiscard]] std::string quoted_word(const std::string& word);

} // namespace troupe::shell
