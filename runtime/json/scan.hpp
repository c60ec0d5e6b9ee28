// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/read.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace troupe::json {

/// One pass over a text that need not be JSON yet: holds it to the limits, to 64 characters per
/// number and to paired surrogate escapes, which the parser behind it does not.
[[nodiscard]] result<void> check_limits(std::string_view text, const read_limits& limits);

struct fault {
  std::size_t offset = 0;
  std::string what; ///< "expected ':' after a name"
};

/// Where and why a text that the parser refused stops being JSON. Slow and careful: only for
/// messages. Requires: nesting within `depth`.
[[nodiscard]] fault locate_fault(std::string_view text);

/// "line 3, column 7 (byte 41)"; columns count bytes.
[[nodiscard]] std::string describe_offset(std::string_view text, std::size_t offset);

} // namespace troupe::json
