// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/nearest.hpp"

#include <algorithm>

namespace troupe::config {

namespace {

constexpr std::size_t text_bytes_max = 100;

std::size_t edits(std::string_view a, std::string_view b) {
  auto before = std::vector<std::size_t>(b.size() + 1);
  auto last = std::vector<std::size_t>(b.size() + 1);
  auto row = std::vector<std::size_t>(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0U : 1U);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replace});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

} // namespace

std::optional<std::string> nearest(std::string_view text,
                                   const std::vector<std::string>& candidates) {
  if (text.size() > text_bytes_max) {
    return std::nullopt;
  }
  const std::string* best = nullptr;
  std::size_t best_edits = std::max<std::size_t>(text.size() / 3, 1) + 1;
  for (const auto& candidate : candidates) {
    if (const auto count = edits(text, candidate); count < best_edits) {
      best = &candidate;
      best_edits = count;
    }
  }
  return best != nullptr ? std::optional{*best} : std::nullopt;
}

std::string did_you_mean(std::string_view text, const std::vector<std::string>& candidates) {
  const auto found = nearest(text, candidates);
  return found ? "; did you mean '" + *found + "'?" : std::string{};
}

} // namespace troupe::config
