// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

/// Files that operators name.
namespace troupe::shell {

/// The paths that begin like this, directories with a / behind; none that a line would need quotes
/// for, and hidden ones only if asked for. Cost: reads one directory, 4096 entries of it at most.
/// Checked: test/unit/shell_command/completing_test.cpp
[[nodiscard]] std::vector<std::string> paths_like(std::string_view begin);

/// Whether reading it comes to an end. Errors: not_found, invalid_value (a directory, a pipe).
[[nodiscard]] result<void> check_regular(const std::string& path);

} // namespace troupe::shell
