// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

/// Cuts a stream of text at the first stop string: text is held back while it may still become
/// one. How the text is cut into pushes never changes the outcome: the stop string that is complete
/// first wins, of those the one that began first.
/// Role: one per output stream; copyable. Thread: one.
/// Cost: per push O(held and new bytes times stop strings).
/// Checked: test/unit/text/stop_matcher_test.cpp
class stop_matcher {
public:
  /// Empty stop strings are ignored. `include_stop`: the stop string is given as well.
  explicit stop_matcher(std::vector<std::string> stops, bool include_stop = false);

  /// Appends what is certain to `out`. After a match nothing more comes.
  void push(std::string_view delta, std::string& out);
  /// At the end of the stream: gives what is held back.
  void flush(std::string& out);

  /// Which of the stop strings was met, as an index into those given.
  [[nodiscard]] std::optional<std::size_t> matched() const { return matched_; }
  [[nodiscard]] std::size_t held_bytes() const { return held_.size(); }

private:
  [[nodiscard]] std::size_t undecided_bytes() const;

  std::vector<std::string> stops_;
  bool include_stop_;
  std::string held_;
  std::optional<std::size_t> matched_;
};

} // namespace troupe::text
