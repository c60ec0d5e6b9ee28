// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/crash.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace troupe {

/// How a process of a node ended, and what it left behind.
struct process_end {
  std::string how; ///< "killed by signal 11"
  int code = 0;
  int signal = 0;             ///< 0: it ended by itself, with `code`.
  bool out_of_memory = false; ///< The kernel killed a process for memory about then.
  std::uint64_t at_unix_ms = 0;
  node_ref life;                    ///< Nobody: it had not told yet.
  std::vector<dying_request> dying; ///< Of the step it was computing.
  std::vector<std::string> log;     ///< Last lines.
};

/// Whether it died of itself: by a fault, an abort or an exit with an error. A kill or an order to
/// end comes from outside and says nothing of what it computed, unless memory ran out.
/// Checked: test/unit/node/crash_log_test.cpp
[[nodiscard]] bool died_of_itself(const process_end& end);

} // namespace troupe
