// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::config {

/// Numbers as people write them in flags and files. Errors: invalid_value whose text continues a
/// sentence that began with the value ("'5x' is not an integer").

/// [-]digits, _ between digits, then nothing or k m g (powers of 1000) or Ki Mi Gi (of 1024).
[[nodiscard]] result<std::int64_t> parse_integer(std::string_view text);

/// A finite decimal.
[[nodiscard]] result<double> parse_real(std::string_view text);

/// A decimal >= 0 and its unit, ns us ms s m h; 0 needs none. At most 10 years.
[[nodiscard]] result<duration> parse_time(std::string_view text);

/// The shortest text that reads back equal; times in the largest unit that divides them.
[[nodiscard]] std::string format_real(double value);
[[nodiscard]] std::string format_time(duration value);

} // namespace troupe::config
