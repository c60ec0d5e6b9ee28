// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/split_rule.hpp"

#include <algorithm>

namespace troupe::text {

namespace {

struct part {
  std::string_view text;
  bool matched = false;
};

std::string_view joined(std::string_view first, std::string_view last) {
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

/// A delimiter joins the word before it, unless that is a delimiter as well.
void merge_with_previous(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  const auto start = out.size();
  bool previous_matched = false;
  for (const auto& one : parts) {
    if (one.matched && !previous_matched && out.size() > start) {
      out.back() = joined(out.back(), one.text);
    } else {
      out.push_back(one.text);
    }
    previous_matched = one.matched;
  }
}

void merge_with_next(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  const auto start = out.size();
  bool next_matched = false;
  for (auto one = parts.rbegin(); one != parts.rend(); ++one) {
    if (one->matched && !next_matched && out.size() > start) {
      out.back() = joined(one->text, out.back());
    } else {
      out.push_back(one->text);
    }
    next_matched = one->matched;
  }
  std::reverse(out.begin() + static_cast<std::ptrdiff_t>(start), out.end());
}

void merge_runs(const std::vector<part>& parts, std::vector<std::string_view>& out) {
  for (std::size_t at = 0; at < parts.size(); ++at) {
    if (at > 0 && parts[at].matched == parts[at - 1].matched) {
      out.back() = joined(out.back(), parts[at].text);
    } else {
      out.push_back(parts[at].text);
    }
  }
}

} // namespace

std::optional<split_behavior> split_behavior_of(std::string_view name) {
  if (name == "Removed") {
    return split_behavior::removed;
  }
  if (name == "Isolated") {
    return split_behavior::isolated;
  }
  if (name == "MergedWithPrevious") {
    return split_behavior::merged_with_previous;
  }
  if (name == "MergedWithNext") {
    return split_behavior::merged_with_next;
  }
  if (name == "Contiguous") {
    return split_behavior::contiguous;
  }
  return std::nullopt;
}

void split_rule::apply(std::string_view word, std::vector<std::string_view>& out) const {
  if (scanner) {
    scanner->split(word, out);
    return;
  }
  thread_local std::vector<part> parts;
  parts.clear();
  std::size_t done = 0;
  while (done < word.size()) {
    const auto found = pattern.find(word, done);
    const auto begin = found ? found->begin : word.size();
    if (begin > done) {
      parts.push_back({word.substr(done, begin - done), invert});
    }
    if (found) {
      parts.push_back({word.substr(begin, found->end - begin), !invert});
    }
    done = found ? found->end : word.size();
  }
  switch (behavior) {
    case split_behavior::merged_with_previous:
      merge_with_previous(parts, out);
      return;
    case split_behavior::merged_with_next:
      merge_with_next(parts, out);
      return;
    case split_behavior::contiguous:
      merge_runs(parts, out);
      return;
    case split_behavior::removed:
    case split_behavior::isolated:
      for (const auto& one : parts) {
        if (!one.matched || behavior == split_behavior::isolated) {
          out.push_back(one.text);
        }
      }
  }
}

} // namespace troupe::text
