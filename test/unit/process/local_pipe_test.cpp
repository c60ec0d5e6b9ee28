// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/local_pipe.hpp"

#include "runtime/process/files.hpp"
#include "runtime/process/signals.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

using namespace troupe;
using namespace troupe::process;

TEST_CASE("a local command reads what is written and its exit code comes back") {
  const temporary_directory directory;
  const auto path = directory.file("out");
  auto pipe = local_pipe::open("tr a-z A-Z > '" + path + "'; exit 3");
  REQUIRE(pipe);
  CHECK(pipe->write("hello "));
  CHECK(pipe->write("there"));
  CHECK(pipe->close() == 3);
  CHECK(*read_file(path, 100) == "HELLO THERE");
}

TEST_CASE("a command that stops reading ends the writing, not us") {
  const auto held = signal_set::block({SIGUSR1}); // Ignores SIGPIPE, as the shell does.
  REQUIRE(held);
  auto pipe = local_pipe::open("exit 0");
  REQUIRE(pipe);
  const std::string much(std::size_t{1} << 20U, 'x');
  bool reads = true;
  for (int i = 0; i < 4 && reads; ++i) {
    reads = pipe->write(much);
  }
  CHECK_FALSE(reads);
  CHECK(pipe->close() == 0);
}

TEST_CASE("a command that cannot be found says so by its code") {
  auto pipe = local_pipe::open("/nowhere/at/all 2>/dev/null");
  REQUIRE(pipe);
  CHECK(pipe->close() == 127);
}
