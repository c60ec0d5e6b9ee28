// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/commands.hpp"
#include "runtime/keys/node_keys.hpp"

#include <string>

namespace troupe {

/// The calendar, for dates of certificates.
[[nodiscard]] keys::unix_seconds wall_seconds();

/// Where `troupe keys` works: --keys, or the cluster's directory in the state directory.
[[nodiscard]] std::string keys_directory_of(const command_context& cx);

} // namespace troupe
