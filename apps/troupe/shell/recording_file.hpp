// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/shell/recording.hpp"
#include "runtime/process/descriptor.hpp"

#include <string>
#include <string_view>

namespace troupe::shell {

/// A recording on its way into a file, by whole lines. Errors: io_failed, with the reason.
/// Role: one per `record`. Checked: test/unit/shell_command/recording_file_test.cpp
class recording_file {
public:
  explicit recording_file(std::string path, std::size_t bytes_max = recording_bytes_max)
      : path_(std::move(path)), bytes_max_(bytes_max) {}

  /// Whether it would take the place of nothing but a recording or an empty file: a slip of the
  /// hand shall cost no other. Errors: invalid_value.
  [[nodiscard]] result<void> check_replaceable() const;

  /// Empties it. Messages may hold what users wrote: nobody else reads a new file.
  [[nodiscard]] result<void> open();
  [[nodiscard]] result<void> write(std::string_view line);

  /// For one line more and the last.
  [[nodiscard]] bool has_room() const {
    return bytes_ + 2 * recording_line_bytes_max <= bytes_max_;
  }

private:
  [[nodiscard]] error failed() const;

  std::string path_;
  std::size_t bytes_max_;
  process::descriptor file_;
  std::size_t bytes_ = 0;
};

} // namespace troupe::shell
