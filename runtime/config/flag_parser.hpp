// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/command_line.hpp"

namespace troupe::config {

/// Reads the arguments after a command's path into `into`. Not for use outside command_line.
[[nodiscard]] result<void> parse_flags(const option_table& table, const command& what,
                                       std::span<const std::string> arguments, invocation& into);

} // namespace troupe::config
