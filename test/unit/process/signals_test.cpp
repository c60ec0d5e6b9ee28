// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/signals.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace troupe;
using namespace troupe::process;

TEST_CASE("a blocked signal is waited for instead of interrupting") {
  auto signals = signal_set::block({SIGUSR1, SIGUSR2});
  REQUIRE(signals);

  CHECK_FALSE(signals->wait(0s).has_value());
  ::kill(::getpid(), SIGUSR2);

  CHECK(signals->wait(5s) == SIGUSR2);
  CHECK_FALSE(signals->wait(1ms).has_value());
}
