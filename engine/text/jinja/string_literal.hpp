// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace troupe::text::jinja {

/// What stands between the quotes of a string, with Python's escapes resolved; unknown escapes
/// stay as written.
[[nodiscard]] std::string unescaped(std::string_view written);

} // namespace troupe::text::jinja
