// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::config {

/// The candidate with the fewest edits (insert, delete, replace, swap of neighbours) from `text`,
/// if that is at most a third of its length; the first of equals. Cost: O(candidates * length^2).
/// Checked: test/unit/config/option_test.cpp
[[nodiscard]] std::optional<std::string> nearest(std::string_view text,
                                                 const std::vector<std::string>& candidates);

/// "; did you mean 'x'?" or nothing.
[[nodiscard]] std::string did_you_mean(std::string_view text,
                                       const std::vector<std::string>& candidates);

} // namespace troupe::config
