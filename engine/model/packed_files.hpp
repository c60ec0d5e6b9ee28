// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <string>
#include <string_view>

namespace troupe::engine {

inline constexpr std::string_view packed_beginning = "packed-";
inline constexpr std::string_view part_ending = ".part";

/// A file that is being written, held by the system's lock on it: whoever gets the lock owns the
/// file, and what a process that died had written of it. Removed at the end unless it was renamed.
/// Role: one while a packed copy is written. Thread: one at a time.
/// Checked: test/unit/model/packed_writing_test.cpp
class part_file {
public:
  /// Empty, whatever was there. Errors: io_failed: another process has it, or the system's reason.
  [[nodiscard]] static result<part_file> take(const std::string& path);

  part_file(part_file&& other) noexcept;
  part_file& operator=(part_file&&) = delete;
  ~part_file();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] const std::string& path() const { return path_; }

  /// Over what is there; false, with errno, where the system refuses.
  [[nodiscard]] bool rename(const std::string& to);

private:
  part_file(std::string path, int number) : path_(std::move(path)), number_(number) {}

  std::string path_;
  int number_; ///< -1: moved from.
  bool is_renamed_ = false;
};

} // namespace troupe::engine
