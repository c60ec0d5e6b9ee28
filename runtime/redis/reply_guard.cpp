// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/reply_guard.hpp"

#include <algorithm>

namespace troupe::redis {

namespace {

constexpr std::uint64_t number_max = std::uint64_t{1} << 40U; ///< Of lengths and counts.

} // namespace

bool reply_guard::line_ended() {
  const auto kind = kind_;
  kind_ = 0;
  line_ = 0;
  if (kind == '$' && !negative_) {
    skip_ = static_cast<std::size_t>(number_) + 2;
    return number_ <= bounds_.text_bytes_max;
  }
  if (kind == '*' && !negative_) {
    items_ += static_cast<std::size_t>(number_);
    return items_ <= bounds_.items_max;
  }
  return true;
}

bool reply_guard::feed(std::string_view bytes) {
  bytes_ += bytes.size();
  if (bytes_ > bounds_.bytes_max) {
    return false;
  }
  for (std::size_t at = 0; at < bytes.size();) {
    if (skip_ > 0) {
      const auto step = std::min(skip_, bytes.size() - at);
      skip_ -= step;
      at += step;
      continue;
    }
    const auto c = bytes[at++];
    if (++line_ > line_max) {
      return false;
    }
    if (line_ == 1) {
      if (std::string_view("+-:$*").find(c) == std::string_view::npos) {
        return false;
      }
      kind_ = c;
      negative_ = false;
      number_ = 0;
    } else if (c == '\n') {
      if (last_ != '\r' || !line_ended()) {
        return false;
      }
    } else if (c != '\r' && (kind_ == '$' || kind_ == '*')) {
      const bool is_sign = c == '-' && line_ == 2;
      if (!is_sign && (c < '0' || c > '9' || number_ > number_max)) {
        return false;
      }
      negative_ = negative_ || is_sign;
      number_ = is_sign ? 0 : number_ * 10 + static_cast<std::uint64_t>(c - '0');
    }
    last_ = c;
  }
  return true;
}

} // namespace troupe::redis
