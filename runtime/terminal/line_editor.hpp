// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::terminal {

/// What could stand in a line from `begin` up to the cursor.
struct completion {
  std::size_t begin = 0;
  std::vector<std::string> candidates; ///< Whole words, each beginning with what stands there.
};

/// What a signal means for the line being typed.
enum class on_signal : unsigned char { nothing, discard_line, end_of_input };

/// Lines from a person at a terminal, with editing, history and completion; what happens meanwhile
/// is written above the line being typed.
/// Role: one per process (libedit keeps the terminal's modes). Thread: one.
/// Checked: test/integration/shell/shell_pty_test.py
class line_editor {
public:
  struct options {
    std::string program;      ///< For ~/.editrc.
    std::string history_file; ///< Empty: history is kept in memory only.
    std::size_t history_max = 1000;
    std::function<completion(std::string_view line)> complete; ///< Of a line up to its cursor.

    int wake_fd = -1; ///< Readable: `notices` is asked, and must make it unreadable.
    std::function<std::vector<std::string>()> notices;

    int signal_fd = -1; ///< Readable: `signalled` is called, and must make it unreadable.
    std::function<on_signal()> signalled;
  };

  /// Errors: io_failed if standard input is no terminal.
  [[nodiscard]] static result<std::unique_ptr<line_editor>> open(options what);
  line_editor(const line_editor&) = delete;
  line_editor& operator=(const line_editor&) = delete;
  ~line_editor(); ///< Writes the history file.

  /// The next line without its end; nothing at the end of input.
  [[nodiscard]] std::optional<std::string> read(const std::string& prompt);

  class state;

private:
  explicit line_editor(std::unique_ptr<state> s);
  std::unique_ptr<state> state_;
};

} // namespace troupe::terminal
