// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/process_end.hpp"

#include <csignal>

namespace troupe {

bool died_of_itself(const process_end& end) {
  switch (end.signal) {
    case 0:
      return end.code != 0;
    case SIGSEGV:
    case SIGBUS:
    case SIGFPE:
    case SIGILL:
    case SIGABRT:
    case SIGTRAP:
    case SIGSYS:
      return true;
    case SIGKILL:
      return end.out_of_memory;
    default:
      return false;
  }
}

} // namespace troupe
