// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/console/console_view.hpp"
#include "runtime/terminal/line_editor.hpp"

#include <string_view>

namespace troupe::shell {

/// What may stand at the end of a line: commands, their flags, and names of what is in the cluster
/// now; messages and their fields from the registry; paths, for which it reads a directory. Asks
/// nobody. Cost: linear in what is known.
/// Checked: test/unit/shell_command/completing_test.cpp
[[nodiscard]] terminal::completion complete(std::string_view line, const console_view& view);

} // namespace troupe::shell
