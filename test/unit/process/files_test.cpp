// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/files.hpp"

#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace troupe;
using namespace troupe::process;

TEST_CASE("a file written atomically reads back, is private and leaves nothing beside it") {
  const auto temporary = temporary_directory{};
  const auto path = temporary.file("key");

  REQUIRE(write_file_atomic(path, "old"));
  REQUIRE(write_file_atomic(path, "new text"));

  CHECK(*read_file(path, 100) == "new text");
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  CHECK(std::distance(std::filesystem::directory_iterator{temporary.file("")}, {}) == 1);
}

TEST_CASE("errors of files name the file") {
  const auto temporary = temporary_directory{};
  REQUIRE(write_file_atomic(temporary.file("big"), std::string(1000, 'x')));

  CHECK(read_file(temporary.file("none"), 10).err().code == errc::not_found);
  CHECK(read_file(temporary.file("big"), 999).err().code == errc::too_large);
  const auto failed = write_file_atomic(temporary.file("none/x"), "");
  CHECK(failed.err().code == errc::io_failed);
  CHECK(failed.err().field == temporary.file("none/x"));
}

TEST_CASE("the last lines of a file are whole lines, so many and within so many bytes") {
  const auto temporary = temporary_directory{};
  const auto path = temporary.file("log");
  REQUIRE(write_file_atomic(path, "first\nsecond\n\nlast"));
  using lines = std::vector<std::string>;

  CHECK(*read_last_lines(path, 10, 1000) == lines{"first", "second", "", "last"});
  CHECK(*read_last_lines(path, 2, 1000) == lines{"", "last"});
  CHECK(*read_last_lines(path, 10, 8) == lines{"", "last"});
  CHECK(read_last_lines(path, 10, 0)->empty());
  CHECK(read_last_lines(temporary.file("none"), 1, 1).err().code == errc::not_found);
}

TEST_CASE("directories come from the environment, the most specific first") {
  CHECK(state_directory({{"TROUPE_STATE_DIR", "/a"}, {"HOME", "/h"}}) == "/a");
  CHECK(state_directory({{"STATE_DIRECTORY", "/s:/t"}}) == "/s");
  CHECK(state_directory({{"HOME", "/h"}}) == "/h/.local/state/troupe");
  CHECK(run_directory({{"XDG_RUNTIME_DIR", "/run/u"}}) == "/run/u/troupe");
  CHECK(run_directory({}).starts_with("/tmp/troupe-"));
}

TEST_CASE("a private directory is made with its parents, a file in its place is refused") {
  const auto temporary = temporary_directory{};

  CHECK(make_private_directory(temporary.file("a/b/c")));
  CHECK(make_private_directory(temporary.file("a/b/c")));
  REQUIRE(write_file_atomic(temporary.file("f"), ""));
  CHECK_FALSE(make_private_directory(temporary.file("f")));
}
