// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/busy_loops.hpp"

#include <csignal>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::bench {

busy_loops::busy_loops(std::uint32_t count) {
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      for (volatile std::uint64_t turns = 0;;) {
        turns = turns + 1;
      }
    }
    if (child > 0) {
      children_.push_back(child);
    }
  }
}

busy_loops::~busy_loops() {
  for (const auto child : children_) {
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
}

} // namespace troupe::bench
