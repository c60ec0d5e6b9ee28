// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/recording_file.hpp"

#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <fstream>
#include <sys/stat.h>

using namespace troupe;
using namespace troupe::shell;

namespace {

struct fixture {
  process::temporary_directory directory;
  std::string path = directory.file("a.jsonl");

  [[nodiscard]] std::string text() const { return *process::read_file(path, 1U << 20U); }
  void put(const std::string& what) const { std::ofstream(path) << what; }
  [[nodiscard]] bool is_replaceable() const {
    return recording_file(path).check_replaceable().has_value();
  }
};

} // namespace

TEST_CASE("lines go into a file that only its owner reads, from its beginning") {
  const fixture f;
  recording_file file(f.path);
  REQUIRE(file.open());
  REQUIRE(file.write("one\n"));
  REQUIRE(file.write("two\n"));
  CHECK(f.text() == "one\ntwo\n");
  struct stat seen{};
  REQUIRE(::stat(f.path.c_str(), &seen) == 0);
  CHECK((seen.st_mode & 0777U) == 0600U);
  REQUIRE(file.open());
  CHECK(f.text().empty());
}

TEST_CASE("there is room while a line and the last one fit") {
  const fixture f;
  recording_file file(f.path, 3 * recording_line_bytes_max);
  REQUIRE(file.open());
  CHECK(file.has_room());
  REQUIRE(file.write(std::string(recording_line_bytes_max, 'x')));
  CHECK(file.has_room());
  REQUIRE(file.write("x"));
  CHECK_FALSE(file.has_room());
}

TEST_CASE("only a recording or nothing is replaced") {
  const fixture f;
  CHECK(f.is_replaceable());
  f.put("");
  CHECK(f.is_replaceable());
  f.put(write_line(recording_head{.version = "v", .cluster = "c", .actor = "a"}) + "torn");
  CHECK(f.is_replaceable());
  f.put("{}\n");
  CHECK_FALSE(f.is_replaceable());
  f.put(std::string(3 * recording_line_bytes_max, '{'));
  CHECK_FALSE(f.is_replaceable());
}

TEST_CASE("what cannot be written says why") {
  const fixture f;
  CHECK(recording_file(f.directory.file("no/such")).open().err().code == errc::io_failed);
  CHECK(recording_file(f.directory.file("")).open().err().code == errc::io_failed);
  REQUIRE(::mkfifo(f.path.c_str(), 0600) == 0);
  CHECK(recording_file(f.path).open().err().code == errc::io_failed);
  recording_file full("/dev/full");
  REQUIRE(full.open());
  CHECK(full.write("one\n").err().text.find("'/dev/full'") != std::string::npos);
}
