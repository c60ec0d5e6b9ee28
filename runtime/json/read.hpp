// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstddef>
#include <string_view>

namespace troupe::json {

/// What a text may ask of the reader. The reader needs about 12 bytes per byte of text while it
/// works, and the value up to 72 bytes per item.
struct read_limits {
  std::size_t bytes = 32U << 20U; ///< Of text; at most 4 GiB - 1.
  std::size_t items = 4U << 20U;  ///< Values and names together.
  std::size_t depth = 64;         ///< Arrays and objects inside each other; at most 512.
};

/// Reads one JSON text, strictly (RFC 8259): no comments, no trailing bytes or commas, no byte
/// order mark, no invalid UTF-8 or lone surrogates, no duplicate names, no number of over 64
/// characters or beyond the range of a double. Thread: any. Errors: malformed and too_large; the
/// text names the byte offset, the field the path of a duplicate name. Nothing large is allocated
/// before the limits are checked. Cost: about 1 ns per byte. Checked: test/unit/json/read_test.cpp
[[nodiscard]] result<value> parse(std::string_view text, const read_limits& limits = {});

} // namespace troupe::json
