// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_writing.hpp"

#include "engine/model/packed_files.hpp"
#include "test/support/model_files.hpp"
#include "test/support/packed_files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <set>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace troupe;
using namespace troupe::engine;
using test::packed_sample;
using test::packed_test_key;

namespace {

namespace fs = std::filesystem;

const std::atomic<bool> never{false};

std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  for (const auto& one : fs::directory_iterator(directory)) {
    names.insert(one.path().filename().string());
  }
  return names;
}

packed_target target_in(const test::temporary_directory& directory, hash128 key = packed_test_key,
                        std::uint64_t source = 1) {
  return {.directory = directory.path(), .key = key, .source = source};
}

const std::string copy_name = "packed-00000000000000070000000000000009";

result<packed_copy> open_copy(const std::string& path, hash128 key = packed_test_key) {
  cpu::parallel workers{2};
  return packed_copy::open(path, key, workers, {});
}

bool holds(const packed_copy& copy, const packed_sample& of) {
  const auto matrix = copy.find(packed_kind::matrix, "layers.0.qkv", 20, 24);
  const auto rows = copy.find(packed_kind::rows, "embedding", 5, 64);
  return matrix && rows && matrix->memory.size() == of.matrix.size()
         && std::memcmp(matrix->memory.data(), of.matrix.data(), of.matrix.size()) == 0
         && std::memcmp(rows->memory.data(), of.rows.data(), of.rows.size()) == 0;
}

/// Files may not become longer while this lives: writes beyond fail.
class short_files {
public:
  explicit short_files(std::uint64_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    before_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    const rlimit now{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &now);
  }
  ~short_files() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, before_handler_);
  }
  short_files(const short_files&) = delete;
  short_files& operator=(const short_files&) = delete;

private:
  rlimit before_{};
  void (*before_handler_)(int) = nullptr;
};

} // namespace

TEST_CASE("a packed copy is written whole, read-only, and has the tensors in its pages") {
  const test::temporary_directory directory;
  const packed_sample sample{3, 2 * packed_piece_bytes + 100};
  const auto written = write_packed(target_in(directory), *sample.notes, never);
  REQUIRE(written.has_value());
  CHECK(names_in(directory.path()) == std::set{copy_name});
  const auto path = directory.path(copy_name);
  CHECK(*written == fs::file_size(path));
  CHECK((fs::status(path).permissions() & fs::perms::owner_write) == fs::perms::none);

  weight_buffer kept;
  {
    const auto copy = open_copy(path);
    REQUIRE_MESSAGE(copy.has_value(), (copy ? "" : copy.err().text));
    CHECK(holds(*copy, sample));
    const auto pad =
        copy->find(packed_kind::rows, "pad", 1, static_cast<std::int32_t>(sample.pad.size() / 4));
    REQUIRE(pad.has_value());
    CHECK(std::memcmp(pad->memory.data(), sample.pad.data(), sample.pad.size()) == 0);
    CHECK(copy->find(packed_kind::matrix, "layers.0.qkv", 20, 25).err().code == errc::malformed);
    CHECK(copy->find(packed_kind::matrix, "layers.0.qkv", 21, 24).err().code == errc::malformed);
    CHECK(copy->find(packed_kind::rows, "layers.0.qkv", 20, 24).err().code == errc::not_found);
    kept = std::move(copy->find(packed_kind::floats, "norm", 1, 3)->memory);
  }
  // What was taken stays, also when the file's name goes.
  fs::remove(path);
  CHECK(reinterpret_cast<const float*>(kept.data())[1] == 2.5F);
}

TEST_CASE("a packed copy with a damaged body, of another key or none at all is refused") {
  const test::temporary_directory directory;
  const packed_sample sample{3, 2 * packed_piece_bytes};
  const auto whole = test::packed_file_of(sample);
  const auto path = directory.path("copy");
  for (const std::size_t at :
       {std::size_t{packed_body_alignment}, std::size_t{packed_body_alignment + packed_piece_bytes},
        whole.size() - 1}) {
    auto broken = whole;
    broken[at] ^= std::byte{1};
    test::write_file(path, as_text(broken));
    const auto copy = open_copy(path);
    REQUIRE_FALSE(copy.has_value());
    CHECK(copy.err().text == path + ": its weights are damaged");
  }
  test::write_file(path, as_text(whole));
  CHECK(open_copy(path).has_value());
  CHECK_FALSE(open_copy(path, {1, 1}).has_value());
  CHECK_FALSE(open_copy(directory.path("nothing")).has_value());
  test::write_file(path, "");
  CHECK_FALSE(open_copy(path).has_value());
  CHECK_FALSE(open_copy(directory.path()).has_value());
}

TEST_CASE("of two that write the same copy one does, and the other says who") {
  const test::temporary_directory directory;
  const packed_sample sample;
  const auto part = directory.path(copy_name + ".part");
  {
    const auto other = part_file::take(part);
    REQUIRE(other.has_value());
    const auto written = write_packed(target_in(directory), *sample.notes, never);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.err().text == part + ": another process writes it");
    CHECK(names_in(directory.path()) == std::set{copy_name + ".part"});
  }
  CHECK(names_in(directory.path()).empty());

  std::array<std::thread, 4> writers;
  std::atomic<int> wrote{0};
  for (auto& one : writers) {
    one = std::thread{[&] {
      wrote += write_packed(target_in(directory), *sample.notes, never) ? 1 : 0;
    }};
  }
  for (auto& one : writers) {
    one.join();
  }
  CHECK(wrote == 1);
  CHECK(names_in(directory.path()) == std::set{copy_name});
  CHECK(holds(*open_copy(directory.path(copy_name)), sample));
}

TEST_CASE("a damaged copy is replaced, a whole one is not written again") {
  const test::temporary_directory directory;
  test::write_file(directory.path(copy_name), "not a copy");
  const packed_sample sample;
  auto to = target_in(directory);
  CHECK_FALSE(write_packed(to, *sample.notes, never).has_value());
  to.replaces = true;
  CHECK(write_packed(to, *sample.notes, never).has_value());
  CHECK(holds(*open_copy(directory.path(copy_name)), sample));
}

TEST_CASE("what a writer left that was killed at any piece is taken over") {
  const test::temporary_directory directory;
  const packed_sample sample{1, 3 * packed_piece_bytes};
  for (int delay_us = 0; delay_us < 40'000; delay_us += 4'000) {
    fs::remove(directory.path(copy_name));
    const auto child = ::fork();
    if (child == 0) {
      (void)write_packed(target_in(directory), *sample.notes, never);
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(delay_us));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
    if (fs::exists(directory.path(copy_name))) {
      CHECK(holds(*open_copy(directory.path(copy_name)), sample));
      continue;
    }
    CHECK(write_packed(target_in(directory), *sample.notes, never).has_value());
    CHECK(names_in(directory.path()) == std::set{copy_name});
    CHECK(holds(*open_copy(directory.path(copy_name)), sample));
  }
}

TEST_CASE("a disk that takes no more, and being told to stop, leave nothing") {
  const test::temporary_directory directory;
  const packed_sample sample{1, 2 * packed_piece_bytes};
  for (const std::uint64_t bytes : {std::uint64_t{4096}, packed_body_alignment + packed_piece_bytes,
                                    packed_body_alignment + packed_piece_bytes + 4096}) {
    const short_files full{bytes};
    const auto written = write_packed(target_in(directory), *sample.notes, never);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.err().code == errc::io_failed);
    CHECK(names_in(directory.path()).empty());
  }
  const std::atomic<bool> stop{true};
  CHECK(write_packed(target_in(directory), *sample.notes, stop).err().code == errc::cancelled);
  CHECK(names_in(directory.path()).empty());
  CHECK_FALSE(write_packed({.directory = directory.path("a/b"), .key = packed_test_key},
                           *sample.notes, never)
                  .has_value());
}

TEST_CASE("two copies a model and 16 a directory are kept, those last used") {
  const test::temporary_directory directory;
  const packed_sample sample;
  const auto write = [&](std::uint64_t key, std::uint64_t source) {
    REQUIRE(write_packed(target_in(directory, {0, key}, source), *sample.notes, never).has_value());
    const auto path = packed_path(directory.path(), {0, key});
    // Used once a minute, in the order of their keys, long ago.
    const std::array<timespec, 2> when{timespec{static_cast<time_t>(1'000'000 + key * 60), 0},
                                       timespec{static_cast<time_t>(1'000'000 + key * 60), 0}};
    ::utimensat(AT_FDCWD, path.c_str(), when.data(), 0);
  };
  write(1, 1);
  write(2, 1);
  write(3, 1);
  CHECK_FALSE(fs::exists(packed_path(directory.path(), {0, 1})));
  CHECK(fs::exists(packed_path(directory.path(), {0, 2})));
  for (std::uint64_t key = 4; key < 24; ++key) {
    write(key, key);
  }
  CHECK(names_in(directory.path()).size() == packed_copies_max);
  CHECK_FALSE(fs::exists(packed_path(directory.path(), {0, 7})));
  CHECK(fs::exists(packed_path(directory.path(), {0, 8})));
}

TEST_CASE("tidying removes what dead writers left and what is no copy, and nothing else") {
  const test::temporary_directory directory;
  const packed_sample sample;
  const std::string other = "packed-000000000000000000000000000000";
  REQUIRE(write_packed(target_in(directory), *sample.notes, never).has_value());
  test::write_file(directory.path(other + "01.part"), "half");
  test::write_file(directory.path(other + "02"), "junk");
  test::write_file(directory.path("packed-notes.txt"), "a person's");
  test::write_file(directory.path("digests"), "");
  const auto writing = part_file::take(directory.path(other + "03.part"));
  REQUIRE(writing.has_value());

  tidy_packed(directory.path());

  CHECK(names_in(directory.path())
        == std::set<std::string>{copy_name, other + "03.part", "packed-notes.txt", "digests"});
  tidy_packed(directory.path("nowhere"));
}

TEST_CASE("the thread that writes keeps what it writes, and ends when told to") {
  const test::temporary_directory directory;
  auto sample = std::make_shared<packed_sample>(std::uint8_t{5}, packed_piece_bytes);
  std::atomic<std::uint64_t> bytes{0};
  {
    packed_writing writing{target_in(directory), sample->notes, sample,
                           [&](const packed_writing::outcome& done) {
                             bytes = done ? *done : 1;
                           }};
    sample.reset();
    writing.wait();
    CHECK(bytes == fs::file_size(directory.path(copy_name)));
  }
  CHECK(holds(*open_copy(directory.path(copy_name)), packed_sample{5}));
}
