// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::redis {

/// Bounds of what a server may answer to one group of commands.
struct reply_bounds {
  std::size_t bytes_max = std::size_t{8} << 20U;
  std::size_t text_bytes_max = std::size_t{64} << 10U;
  std::size_t items_max = 32'768;
};

/// Looks at the bytes of replies before the library does, so that no length in them makes it
/// reserve memory: only the five kinds of the protocol's second version, within the bounds.
/// Checked: test/unit/redis/reply_guard_test.cpp
class reply_guard {
public:
  explicit reply_guard(const reply_bounds& bounds) : bounds_(bounds) {}

  /// A new group of commands: the totals begin again.
  void begin() { bytes_ = items_ = 0; }

  /// False: the server breaks the protocol or a bound; the connection is of no more use.
  [[nodiscard]] bool feed(std::string_view bytes);

private:
  [[nodiscard]] bool line_ended();

  static constexpr std::size_t line_max = 4096;

  reply_bounds bounds_;
  std::size_t bytes_ = 0;
  std::size_t items_ = 0;
  std::size_t skip_ = 0; ///< Bytes of a text, with its end of line, still to come.
  std::size_t line_ = 0; ///< Length of the line so far, with its kind.
  char kind_ = 0;
  bool negative_ = false;
  std::uint64_t number_ = 0;
  char last_ = 0;
};

} // namespace troupe::redis
