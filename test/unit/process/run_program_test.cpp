// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/run_program.hpp"

#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <csignal>
#include <string>

using namespace troupe;
using namespace troupe::process;

namespace {

program_options shell(std::string script, std::string input = {}) {
  return {.argv = {"/bin/sh", "-c", std::move(script)},
          .environment = {{"PATH", "/usr/bin:/bin"}},
          .input = std::move(input),
          .timeout = 20s};
}

} // namespace

TEST_CASE("a program reads its input, and its two outputs and exit code are told apart") {
  child_processes children;

  const auto end = run_program(children, shell("cat; echo trouble >&2; exit 3", "a text\n"));

  REQUIRE(end);
  CHECK(end->code == 3);
  CHECK(end->out == "a text\n");
  CHECK(end->errors == "trouble\n");
  CHECK_FALSE(end->timed_out);
}

TEST_CASE("more than a pipe holds goes both ways at once") {
  child_processes children;
  auto what = shell("cat", std::string(1U << 20U, 'x'));
  what.output_bytes_max = 2U << 20U;

  const auto end = run_program(children, what);

  REQUIRE(end);
  CHECK(end->out == what.input);
}

TEST_CASE("a program that does not read its input is no error") {
  child_processes children;

  const auto end = run_program(children, shell("exec <&-; exit 0", std::string(1U << 20U, 'x')));

  REQUIRE(end);
  CHECK(end->code == 0);
}

TEST_CASE("of too much output the head is kept, and the tail of the errors") {
  child_processes children;
  auto what = shell("echo 12345678; echo abcdefgh >&2");
  what.output_bytes_max = 4;

  const auto end = run_program(children, what);

  REQUIRE(end);
  CHECK(end->out == "1234");
  CHECK(end->errors == "fgh\n");
}

TEST_CASE("a program that takes too long is killed with its children") {
  child_processes children;
  auto what = shell("echo begun; sleep 100 & sleep 100");
  what.timeout = 300ms;
  const auto began = machine_clock().now();

  const auto end = run_program(children, what);

  REQUIRE(end);
  CHECK(end->timed_out);
  CHECK(end->signal == SIGKILL);
  CHECK(end->out == "begun\n");
  CHECK(machine_clock().now() - began < 10s);
}

TEST_CASE("what a program leaves behind with its outputs is not waited for") {
  child_processes children;
  const auto began = machine_clock().now();

  const auto end = run_program(children, shell("sleep 15 & echo done"));

  REQUIRE(end);
  CHECK(end->out == "done\n");
  CHECK(machine_clock().now() - began < 10s);
}

TEST_CASE("programs are found by PATH, and those with a path where it says") {
  const temporary_directory temporary;
  const auto mine = temporary.file("mine");
  REQUIRE(write_file_atomic(mine, "#!/bin/sh\n", 0700));
  const auto place = mine.substr(0, mine.rfind('/'));

  CHECK(*find_program("mine", {{"PATH", "/no/such::" + place}}) == mine);
  CHECK(*find_program(mine, {}) == mine);
  CHECK(find_program("mine", {{"PATH", "/no/such"}}).err().code == errc::not_found);
  CHECK(find_program("/no/such", {}).err().code == errc::not_found);
  CHECK(find_program("mine", {{"PATH", ""}}).err().code == errc::not_found);
}
