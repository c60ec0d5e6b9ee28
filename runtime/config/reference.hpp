// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/config/settings.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// A YAML file with every option that files may set: its sentence, domain and default, in the
/// table's order. It loads, and loading it changes nothing.
/// Checked: test/unit/config/reference_test.cpp
[[nodiscard]] std::string reference_yaml(const option_table& table);

/// One "name = value" line per setting in the table's order, values aligned; with `origins` a last
/// column that says where each came from.
[[nodiscard]] std::string show(const option_table& table, const settings& values, bool origins);

/// The flags of `groups` with their sentences, one heading per group, 100 columns.
[[nodiscard]] std::string flags_help(const option_table& table,
                                     const std::vector<std::string>& groups);

/// `text` broken at spaces into lines of at most `columns`, each after the first indented.
[[nodiscard]] std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

} // namespace troupe::config
