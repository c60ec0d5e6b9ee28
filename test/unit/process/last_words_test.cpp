// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/last_words.hpp"

#include "runtime/process/files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <sys/wait.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::process;

namespace {

struct fixture {
  std::string directory = [] {
    auto name = (std::filesystem::temp_directory_path() / "last-words-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    return name;
  }();
  std::string path = directory + "/words";

  ~fixture() { std::filesystem::remove_all(directory); }
};

constexpr std::array<last_mark, 2> two{{{{1, 2}, 3}, {{4, 5}, 6}}};

} // namespace

TEST_CASE("what a process was doing when it was killed can be read after it") {
  fixture f;
  REQUIRE(prepare_last_words(f.path));

  const auto child = ::fork();
  if (child == 0) {
    auto words = last_words_writer::open(f.path);
    (*words)->introduce(7, 8);
    (*words)->begin(two);
    ::kill(::getpid(), SIGKILL);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  REQUIRE(WIFSIGNALED(status));

  const auto words = read_last_words(f.path);
  REQUIRE(words);
  CHECK(words->node == 7);
  CHECK(words->life == 8);
  REQUIRE(words->marks.size() == 2);
  CHECK(words->marks[1].id == hash128{4, 5});
  CHECK(words->marks[1].index == 6);
}

TEST_CASE("what was ended is not told, and only so much is") {
  fixture f;
  REQUIRE(prepare_last_words(f.path));
  auto words = last_words_writer::open(f.path);
  REQUIRE(words);

  (*words)->begin(two);
  (*words)->end();
  CHECK(read_last_words(f.path)->marks.empty());

  (*words)->begin(std::vector<last_mark>(1000));
  CHECK(read_last_words(f.path)->marks.size() == last_words::marks_max);
}

TEST_CASE("only a prepared file is written, and one that cannot be is not believed") {
  fixture f;
  CHECK(last_words_writer::open(f.path).err().code == errc::not_found);

  REQUIRE(write_file_atomic(f.path, "junk"));
  CHECK(read_last_words(f.path).err().code == errc::malformed);
  CHECK(last_words_writer::open(f.path).err().code == errc::malformed);

  REQUIRE(prepare_last_words(f.path));
  auto text = *read_file(f.path, 1U << 20U);
  text[24] = '\xFF'; // The count.
  text[25] = '\xFF';
  REQUIRE(write_file_atomic(f.path, text));
  CHECK(read_last_words(f.path).err().code == errc::malformed);
}

TEST_CASE("preparing again forgets the words of the process before") {
  fixture f;
  REQUIRE(prepare_last_words(f.path));
  auto words = last_words_writer::open(f.path);
  (*words)->introduce(7, 8);
  (*words)->begin(two);

  REQUIRE(prepare_last_words(f.path));

  CHECK(read_last_words(f.path)->life == 0);
  CHECK(read_last_words(f.path)->marks.empty());
}
