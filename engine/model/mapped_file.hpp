// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"

#include <string>

namespace troupe::engine {

/// A file's bytes, read-only, mapped for as long as this lives. A file that another process
/// truncates meanwhile ends this one: the mapping is meant for loading, not for serving.
/// Errors: model_invalid (absent, no regular file, empty), io_failed.
class mapped_file {
public:
  [[nodiscard]] static result<mapped_file> open(const std::string& path);

  mapped_file(mapped_file&& other) noexcept;
  mapped_file& operator=(mapped_file&& other) noexcept;
  ~mapped_file();

  [[nodiscard]] bytes_view view() const { return view_; }

private:
  explicit mapped_file(bytes_view view) : view_(view) {}

  bytes_view view_;
};

} // namespace troupe::engine
