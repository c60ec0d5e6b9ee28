// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/http/message.hpp"

#include <string>
#include <string_view>

namespace troupe::http {

/// Reads method and headers of a head that framing accepted, and takes the target from it.
/// Two readers must agree before a request is served: what this one refuses is refused.
/// Errors: malformed.
[[nodiscard]] result<request> parse_head(std::string_view head, const std::string& target);

/// Status line and headers with the empty line. Errors: invalid_value for a name or value that
/// would break out of its line.
[[nodiscard]] result<std::string> format_head(int status, const header_list& headers);

} // namespace troupe::http
