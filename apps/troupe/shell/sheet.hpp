// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/json/value.hpp"

#include <string>
#include <utility>
#include <vector>

namespace troupe::shell {

/// What a command found, before it is known whether a person or a program reads it.
struct sheet {
  std::string name;                 ///< Of the rows in JSON: "actors".
  std::vector<std::string> columns; ///< Keys in JSON; headings in capitals.
  std::vector<std::vector<json::value>> rows;

  std::vector<std::pair<std::string, json::value>> facts; ///< Beside the rows in JSON.
  std::vector<std::string> before;                        ///< Lines for people, above the table.
  std::vector<std::string> after;
  std::vector<std::string> hidden; ///< Columns for programs only.
};

/// Columns aligned, numbers to the right. Checked: test/unit/shell_command/sheet_test.cpp
[[nodiscard]] std::string as_text(const sheet& what);

/// {facts..., "NAME": [{column: value}...]}
[[nodiscard]] json::value as_json(const sheet& what);

/// A number as people read it: at most two digits behind the point.
[[nodiscard]] std::string cell_text(const json::value& what);

} // namespace troupe::shell
