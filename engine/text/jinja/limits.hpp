// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::text {

/// What one rendering may use. A step is an expression or 64 bytes of text made.
struct render_limits {
  std::uint64_t steps = 20'000'000;
  std::size_t output_bytes = 64U << 20U; ///< Of the output and of each text on the way.
  std::int64_t range_items = 100'000;
  int depth = 500;               ///< Expressions, statements and macro calls inside each other.
  std::int64_t unix_seconds = 0; ///< What strftime_now shows, in UTC: templates read no clock.
};

} // namespace troupe::text
