// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace troupe::engine {

/// What the system says of a file without reading it. Two equal ones are the same unchanged file:
/// whoever writes to, replaces or renames over a file changes the time of its last change, which no
/// program can set, or the inode. Not where a clock was set back, a file system keeps no such
/// times, or the file was already being written through a mapping when it was looked at.
struct file_identity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;
  std::uint64_t size_bytes = 0;
  std::int64_t modified_ns = 0; ///< Since 1970, as is changed_ns.
  std::int64_t changed_ns = 0;

  friend bool operator==(const file_identity&, const file_identity&) = default;
};

/// Nothing where there is no such file.
[[nodiscard]] std::optional<file_identity> identify(const std::string& path);

/// A file's bytes, read-only, mapped for as long as this lives. A file that another process
/// truncates meanwhile ends this one: what is mapped while serving must be a file that everyone
/// replaces and nobody changes.
/// Errors: model_invalid (absent, no regular file, empty), io_failed.
class mapped_file {
public:
  [[nodiscard]] static result<mapped_file> open(const std::string& path);

  mapped_file(mapped_file&& other) noexcept;
  mapped_file& operator=(mapped_file&& other) noexcept;
  ~mapped_file();

  [[nodiscard]] bytes_view view() const { return view_; }

  /// As of when it was opened.
  [[nodiscard]] const file_identity& identity() const { return identity_; }

  /// Asks for pages of 2 MiB where the file system has them; only a wish.
  void prefer_huge_pages() const;

private:
  mapped_file(bytes_view view, const file_identity& identity) : view_(view), identity_(identity) {}

  bytes_view view_;
  file_identity identity_;
};

} // namespace troupe::engine
