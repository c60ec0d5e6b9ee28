// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

struct child_options {
  std::string program;                ///< Absolute path.
  std::vector<std::string> arguments; ///< Without the program's name.
  std::string log_file;               ///< stdout and stderr are appended there.
  bool die_with_parent = true;        ///< Killed when the parent's process ends, however it ends.
};

/// Starts processes and tells how each ended.
///
/// Role:    one per process that has children. Thread: any; `on_exit` is called on the reaper's
/// thread and must not block. A child runs in its own process group with no open files but its log,
/// and with no signal blocked.
/// Ensures: one `on_exit` per successful start, with "exit code 3" or "killed by signal 9". The
/// destructor ends the reaper; children that still run are killed.
/// Errors:  io_failed, with the reason of the operating system.
/// Checked: test/integration/process/children_test.cpp
class children {
public:
  using exit_call = std::function<void(std::int64_t pid, const std::string& how)>;

  explicit children(exit_call on_exit);
  children(const children&) = delete;
  children& operator=(const children&) = delete;
  ~children();

  [[nodiscard]] result<std::int64_t> start(const child_options& what);

  /// SIGTERM now, SIGKILL after `grace`. Unknown numbers are ignored.
  void stop(std::int64_t pid, duration grace);

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Starts a process that outlives this one, in a session of its own. Returns its number.
[[nodiscard]] result<std::int64_t> start_daemon(const child_options& what);

/// Whether a process of this number exists.
[[nodiscard]] bool process_exists(std::int64_t pid);

/// Sends SIGTERM. False: there is no such process.
bool ask_to_end(std::int64_t pid);

} // namespace troupe
