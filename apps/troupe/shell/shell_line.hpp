// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::shell {

/// A line as typed: words, and where the output goes.
struct shell_line {
  std::vector<std::string> words;
  std::string pipe; ///< Behind the first |: a command for the local shell.
  std::string file; ///< Behind > or >>.
  bool append = false;

  [[nodiscard]] bool is_plain() const { return pipe.empty() && file.empty(); }
};

inline constexpr std::size_t line_bytes_max = 65'536;

/// Splits at blanks. Quotes ('...' as it is, "..." with \) make one word, and so do braces and
/// brackets with what is in them: `send a MSG{x=1 y=[2 3]}` has three words. A word that begins
/// with # ends the line. Errors: malformed, too_large.
/// Checked: test/unit/shell_command/shell_line_test.cpp
[[nodiscard]] result<shell_line> parse_line(std::string_view text);

} // namespace troupe::shell
