// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/crash.hpp"
#include "runtime/json/value.hpp"

namespace troupe::shell {

/// All of a death, for programs: requests as clients see them, times in the units of their names.
[[nodiscard]] json::value crash_json(const crash_record& what);
[[nodiscard]] json::value quarantined_json(const quarantined_request& what);

} // namespace troupe::shell
