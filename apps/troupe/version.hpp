// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe {

/// What `troupe --version` prints: "troupe 0.1.0 (wire 1)".
[[nodiscard]] std::string version_line();

/// The wire that such a line, among others, names; nothing where there is none.
[[nodiscard]] std::optional<unsigned> wire_of(std::string_view printed);

/// The wire that this program speaks.
[[nodiscard]] unsigned wire_version();

} // namespace troupe
