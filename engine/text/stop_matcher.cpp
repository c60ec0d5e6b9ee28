// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/stop_matcher.hpp"

#include <algorithm>

namespace troupe::text {

stop_matcher::stop_matcher(std::vector<std::string> stops, bool include_stop)
    : stops_(std::move(stops)), include_stop_(include_stop) {
}

void stop_matcher::push(std::string_view delta, std::string& out) {
  if (matched_) {
    return;
  }
  held_ += delta;
  std::size_t best_begin = 0;
  std::size_t best_end = 0;
  for (std::size_t index = 0; index < stops_.size(); ++index) {
    const auto begin = stops_[index].empty() ? std::string::npos : held_.find(stops_[index]);
    if (begin == std::string::npos) {
      continue;
    }
    const auto end = begin + stops_[index].size();
    if (!matched_ || end < best_end || (end == best_end && begin < best_begin)) {
      matched_ = index;
      best_begin = begin;
      best_end = end;
    }
  }
  if (matched_) {
    out.append(held_, 0, include_stop_ ? best_end : best_begin);
    held_.clear();
    return;
  }
  const auto certain = held_.size() - undecided_bytes();
  out.append(held_, 0, certain);
  held_.erase(0, certain);
}

void stop_matcher::flush(std::string& out) {
  out += held_;
  held_.clear();
}

/// The longest end of what is held that begins some stop string.
std::size_t stop_matcher::undecided_bytes() const {
  std::size_t longest = 0;
  for (const auto& stop : stops_) {
    const auto most = std::min(held_.size(), stop.empty() ? 0 : stop.size() - 1);
    for (auto bytes = most; bytes > longest; --bytes) {
      if (std::string_view(held_).substr(held_.size() - bytes)
          == std::string_view(stop).substr(0, bytes)) {
        longest = bytes;
      }
    }
  }
  return longest;
}

} // namespace troupe::text
