// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log_tail.hpp"

#include <algorithm>

namespace troupe::observe {

void log_tail::write(level what, std::string_view line) {
  {
    const std::lock_guard lock(mutex_);
    ++last_;
    kept_.emplace_back(line);
    kept_bytes_ += line.size();
    while (!kept_.empty() && (kept_.size() > lines_max_ || kept_bytes_ > bytes_max_)) {
      kept_bytes_ -= kept_.front().size();
      kept_.pop_front();
    }
  }
  if (next_ != nullptr) {
    next_->write(what, line);
  }
}

log_tail::excerpt log_tail::newest(std::uint64_t after, std::size_t lines_max,
                                   std::size_t bytes_max, std::string_view part) const {
  const std::lock_guard lock(mutex_);
  after = after > last_ ? 0 : after; // Of a former life of this process.
  excerpt out{.last = last_, .missed = 0, .lines = {}};
  std::size_t bytes = 0;
  auto no = last_;
  for (auto it = kept_.rbegin(); it != kept_.rend() && no > after; ++it, --no) {
    if (it->find(part) == std::string::npos) {
      continue;
    }
    bytes += it->size();
    if (out.lines.size() == lines_max || bytes > bytes_max) {
      break;
    }
    out.lines.push_back({no, *it});
  }
  std::ranges::reverse(out.lines);
  out.missed = no > after ? no - after : 0;
  return out;
}

} // namespace troupe::observe
