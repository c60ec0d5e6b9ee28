// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/json/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::json {

/// How a value is written. `compact` is for the wire; `python` is what json.dumps writes by default
/// but for ensure_ascii, as chat templates expect it.
struct write_style {
  std::string_view item_separator = ",";
  std::string_view name_separator = ":";
  int indent = -1; ///< Blanks per level, each item on its own line; -1: all on one line.
  bool ascii = false;
  bool sort_names = false;
};

inline constexpr write_style compact{};
inline constexpr write_style python{.item_separator = ", ", .name_separator = ": "};

/// The text in quotes, escaped. Requires: valid UTF-8 (what is not becomes U+FFFD where `ascii`,
/// else passes through). Cost: about 1 ns per byte, no allocation but `out`'s growth.
void append_string(std::string& out, std::string_view text, bool ascii = false);

void append_integer(std::string& out, std::int64_t number);

/// The shortest decimal that reads back as the same double, always recognisable as no integer
/// ("1.0", "1e-05", "1e+16": Python's repr); null where it is not finite.
void append_number(std::string& out, double number);

/// Cost: recursive in the value's depth, which `parse` bounds.
void append_value(std::string& out, const value& item, const write_style& style = compact);

[[nodiscard]] std::string write(const value& item, const write_style& style = compact);

/// Checked: test/unit/json/write_test.cpp

} // namespace troupe::json
