// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/membership.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <optional>

namespace troupe {

/// Whether a process may offer what it says it does. `roles`: what its certificate allows, as
/// node_roles; none: links are not authenticated, or it is this process.
/// Errors: forbidden, with the service in `field`.
/// Checked: test/unit/directory/certified_services_test.cpp
[[nodiscard]] result<void> check_services(const member& who, std::optional<std::uint32_t> roles);

} // namespace troupe
