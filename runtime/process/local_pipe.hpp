// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/process/descriptor.hpp"

#include <string>
#include <string_view>
#include <sys/types.h>
#include <utility>

namespace troupe::process {

/// A command of the local shell that reads what we write: the right side of `ps | less`. It keeps
/// our terminal, and our signals reach it.
/// Thread: one. Requires: SIGPIPE is ignored. Checked: test/unit/process/local_pipe_test.cpp
class local_pipe {
public:
  /// Errors: io_failed.
  [[nodiscard]] static result<local_pipe> open(const std::string& command);
  local_pipe(local_pipe&& other) noexcept
      : input_(std::move(other.input_)), child_(std::exchange(other.child_, 0)) {}
  local_pipe& operator=(local_pipe&&) = delete;
  ~local_pipe();

  /// False: it reads no more.
  bool write(std::string_view text);

  /// Ends its input and waits for it. Its exit code; 128 + a signal's number.
  int close();

private:
  local_pipe(descriptor input, pid_t child) : input_(std::move(input)), child_(child) {}

  descriptor input_;
  pid_t child_ = 0;
};

} // namespace troupe::process
