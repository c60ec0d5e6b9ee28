// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"
#include "runtime/process/descriptor.hpp"

#include <initializer_list>
#include <optional>

namespace troupe::process {

/// Signals as something to wait for instead of something that interrupts.
/// Role: made by main before any thread starts, because threads inherit what is blocked.
/// Checked: test/unit/process/signals_test.cpp
class signal_set {
public:
  /// Blocks `numbers` for this thread and all it starts later, and ignores SIGPIPE.
  /// Errors: io_failed.
  [[nodiscard]] static result<signal_set> block(std::initializer_list<int> numbers);

  /// Readable while a signal waits.
  [[nodiscard]] int fd() const { return fd_.get(); }

  /// The next signal, or nothing after `timeout`. Thread: one.
  [[nodiscard]] std::optional<int> wait(duration timeout) const;

private:
  explicit signal_set(descriptor fd) : fd_(std::move(fd)) {}

  descriptor fd_;
};

} // namespace troupe::process
