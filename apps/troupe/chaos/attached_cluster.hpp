// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe::chaos {

struct attached_process {
  std::string name;
  std::int64_t pid = 0;
  unsigned admin_port = 0;
  bool is_gateway = false;
  bool answers = false;
};

/// The processes of the cluster whose status that port of this host tells.
/// Errors: as http::get; malformed.
[[nodiscard]] result<std::vector<attached_process>> processes_of(unsigned admin_port);

/// Requests that have ended at that gateway, whatever came of them. Errors: as http::get.
[[nodiscard]] result<std::uint64_t> ended_requests_of(unsigned admin_port);

} // namespace troupe::chaos
