// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/observe/log.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace troupe::observe {

/// Passes lines on to another writer and keeps the newest, for who asks later.
/// Thread: any. Checked: test/unit/observe/log_tail_test.cpp
class log_tail final : public log_writer {
public:
  struct numbered_line {
    std::uint64_t no = 0; ///< From 1 on, without gaps.
    std::string text;
  };
  struct excerpt {
    std::uint64_t last = 0;           ///< Number of the newest line there ever was.
    std::uint64_t missed = 0;         ///< After the wanted number, but not looked at.
    std::vector<numbered_line> lines; ///< The oldest first.
  };

  /// `next` may be null. Kept are at most `lines_max` lines of together `bytes_max`.
  explicit log_tail(std::shared_ptr<log_writer> next, std::size_t lines_max = 1024,
                    std::size_t bytes_max = std::size_t{256} << 10U)
      : next_(std::move(next)), lines_max_(lines_max), bytes_max_(bytes_max) {}

  void write(level what, std::string_view line) override;

  /// The newest lines with numbers above `after` that contain `part`: at most `lines_max` of
  /// together `bytes_max`.
  [[nodiscard]] excerpt newest(std::uint64_t after, std::size_t lines_max, std::size_t bytes_max,
                               std::string_view part = {}) const;

private:
  std::shared_ptr<log_writer> next_;
  std::size_t lines_max_;
  std::size_t bytes_max_;

  mutable std::mutex mutex_;
  std::deque<std::string> kept_;
  std::size_t kept_bytes_ = 0;
  std::uint64_t last_ = 0;
};

} // namespace troupe::observe
