// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <sys/types.h>
#include <vector>

namespace troupe::process {

struct child_options {
  std::vector<std::string> argv; ///< argv[0] is the path of the program, with a '/'.
  std::map<std::string, std::string> environment; ///< All of it; nothing is inherited.
  std::string directory;                          ///< Working directory; empty: ours.
  std::string output;           ///< File that stdout and stderr are appended to; empty: ours.
  int input = -1;               ///< Descriptor it reads, which stays ours; -1: /dev/null.
  int out = -1;                 ///< Descriptor of its stdout, instead of `output`; stays ours.
  int errors = -1;              ///< The same of its stderr.
  bool dies_with_parent = true; ///< Killed when this object or our process ends.
};

/// How a child ended: by itself with `code`, or by `signal` (then code is 128 + signal).
struct child_exit {
  pid_t pid = 0;
  int code = 0;
  int signal = 0;
};

/// Starts programs and reports their ends. Each child leads its own process group, starts with no
/// blocked signals and no descriptor of ours but those it is given.
/// Role: one per process that has children. Thread: any; one thread of its own starts and reaps
/// them, since the kernel ties a child's death to the thread that made it.
/// Checked: test/unit/process/child_processes_test.cpp
class child_processes {
public:
  using on_exit = std::function<void(child_exit)>;

  child_processes();
  child_processes(const child_processes&) = delete;
  child_processes& operator=(const child_processes&) = delete;

  /// Kills and reaps children that die with their parent; their callbacks are not called.
  ~child_processes();

  /// Returns once the program runs. `ended` is called once, on the own thread, and must not block
  /// nor call spawn. Errors: io_failed with the reason (program not found, directory or output
  /// file not usable), invalid_value for an argv[0] without '/'.
  [[nodiscard]] result<pid_t> spawn(child_options what, on_exit ended);

  /// Sends a signal to a child's process group. Errors: not_found if it has been reaped.
  [[nodiscard]] result<void> signal(pid_t child, int number);

  [[nodiscard]] std::size_t running_count() const;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

/// Starts a program that outlives this process; who calls this ends soon and leaves the reaping to
/// init. It leads a process group, so neither Ctrl-C nor the end of a terminal reaches it, but no
/// session: Linux schedules sessions as wholes (sched_autogroup), and beside a busy one kernel 6.18
/// keeps others from running for seconds. Errors: as child_processes::spawn.
[[nodiscard]] result<pid_t> spawn_daemon(child_options what);

} // namespace troupe::process
