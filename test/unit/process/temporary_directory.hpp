// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <stdlib.h>
#include <string>

namespace troupe::process {

/// A directory that is removed at the end of a test.
class temporary_directory {
public:
  temporary_directory() {
    path_ = (std::filesystem::temp_directory_path() / "troupe_XXXXXX").string();
    if (::mkdtemp(path_.data()) == nullptr) {
      path_.clear();
    }
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;
  ~temporary_directory() {
    auto ignored = std::error_code{};
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string file(const std::string& name) const { return path_ + "/" + name; }

private:
  std::string path_;
};

} // namespace troupe::process
