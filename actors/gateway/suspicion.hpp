// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace troupe {

/// Whether a request kills workers. A proven death that names it makes it a suspect: from then on
/// it is computed alone, until it has got past the token it was making. Two such deaths condemn it
/// if one of them named nobody else; so whoever merely shared a step with the cause is cleared. One
/// that is named again after it was cleared stays alone: its next death leaves no doubt.
///
/// Checked: test/unit/gateway/suspicion_test.cpp
class suspicion {
public:
  /// `next`: the index of the answer token it was making; `alone`: no other request was named.
  void named(const std::string& slot, std::uint32_t next, bool alone) {
    if (by_.size() < slots_max) {
      by_.push_back(slot);
    }
    ++deaths_;
    was_alone_ = was_alone_ || alone;
    alone_until_ = deaths_ > 1 ? always : std::max(alone_until_, next + 1);
  }

  [[nodiscard]] bool is_condemned() const { return deaths_ >= 2 && was_alone_; }

  /// Whether it is computed alone while it has so many answer tokens.
  [[nodiscard]] bool is_alone(std::size_t accepted) const { return accepted < alone_until_; }
  /// 0: not at all.
  [[nodiscard]] std::uint32_t alone_until() const { return alone_until_; }

  [[nodiscard]] std::uint32_t deaths() const { return deaths_; }
  /// Whose deaths named it, the last one last.
  [[nodiscard]] const std::vector<std::string>& by() const { return by_; }

private:
  static constexpr std::uint32_t always = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t slots_max = 4;

  std::uint32_t deaths_ = 0;
  std::uint32_t alone_until_ = 0;
  bool was_alone_ = false;
  std::vector<std::string> by_;
};

} // namespace troupe
