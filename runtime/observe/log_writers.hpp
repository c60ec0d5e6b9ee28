// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/observe/log.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::observe {

/// Lines to standard error.
[[nodiscard]] std::shared_ptr<log_writer> stderr_writer();

/// Lines appended to `path`, which is renamed to path.1, path.2, ... when it reaches `bytes_max`;
/// at most `files_max` old ones are kept. Warnings and errors are flushed at once.
/// Errors: io_failed, naming the file.
[[nodiscard]] result<std::shared_ptr<log_writer>> file_writer(
    const std::string& path, std::size_t bytes_max = std::size_t{64} << 20U,
    std::size_t files_max = 3);

/// Keeps the newest `lines_max` lines; for tests and the simulation.
class memory_writer final : public log_writer {
public:
  explicit memory_writer(std::size_t lines_max = 10'000) : lines_max_(lines_max) {}

  void write(level what, std::string_view line) override;
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

private:
  std::size_t lines_max_;
  std::vector<std::string> lines_;
};

} // namespace troupe::observe
