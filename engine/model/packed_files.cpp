// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/packed_files.hpp"

#include "engine/model/packed_writing.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <map>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace troupe::engine {
namespace {

namespace fs = std::filesystem;

/// Of "packed-" and 32 hexadecimal digits.
bool is_copy_name(std::string_view name) {
  return name.size() == packed_beginning.size() + 32 && name.starts_with(packed_beginning)
         && name.find_first_not_of("0123456789abcdef", packed_beginning.size()) == name.npos;
}

bool is_part_name(std::string_view name) {
  return name.ends_with(part_ending)
         && is_copy_name(name.substr(0, name.size() - part_ending.size()));
}

/// Whether the name still is that file.
bool is_at(const std::string& path, int number) {
  struct stat by_name{};
  struct stat by_number{};
  return ::lstat(path.c_str(), &by_name) == 0 && ::fstat(number, &by_number) == 0
         && by_name.st_dev == by_number.st_dev && by_name.st_ino == by_number.st_ino;
}

struct copy {
  std::string path;
  std::int64_t used_ns = 0;
  std::uint64_t source = 0;
};

result<std::uint64_t> source_of(const std::string& path) {
  std::array<std::byte, packed_header_bytes> header{};
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
  if (file < 0) {
    return error{.code = errc::io_failed, .text = path};
  }
  const auto got = ::read(file, header.data(), header.size());
  ::close(file);
  return read_source(bytes_view{header}.first(got > 0 ? static_cast<std::size_t>(got) : 0));
}

} // namespace

result<part_file> part_file::take(const std::string& path) {
  const auto fail = [&](const std::string& why) {
    return error{.code = errc::io_failed, .text = path + ": " + why, .field = path};
  };
  const int number = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (number < 0) {
    return fail(std::string{"cannot create it: "} + std::strerror(errno));
  }
  if (::flock(number, LOCK_EX | LOCK_NB) != 0 || !is_at(path, number)) {
    ::close(number);
    return fail("another process writes it");
  }
  part_file taken{path, number};
  if (::ftruncate(number, 0) != 0) {
    return fail(std::string{"cannot write it: "} + std::strerror(errno));
  }
  return taken;
}

part_file::part_file(part_file&& other) noexcept
    : path_(std::move(other.path_)),
      number_(std::exchange(other.number_, -1)),
      is_renamed_(other.is_renamed_) {
}

part_file::~part_file() {
  if (number_ < 0) {
    return;
  }
  if (!is_renamed_ && is_at(path_, number_)) {
    ::unlink(path_.c_str());
  }
  ::close(number_);
}

bool part_file::rename(const std::string& to) {
  is_renamed_ = ::rename(path_.c_str(), to.c_str()) == 0;
  return is_renamed_;
}

std::string packed_path(const std::string& directory, hash128 key) {
  std::array<char, 33> digits{};
  std::snprintf(digits.data(), digits.size(), "%016llx%016llx",
                static_cast<unsigned long long>(key.high),
                static_cast<unsigned long long>(key.low));
  return directory + "/" + std::string{packed_beginning} + digits.data();
}

void tidy_packed(const std::string& directory) {
  std::vector<copy> copies;
  std::error_code ignored;
  for (fs::directory_iterator at{directory, ignored}, end; at != end; at.increment(ignored)) {
    const auto name = at->path().filename().string();
    const auto path = at->path().string();
    if (is_part_name(name)) {
      (void)part_file::take(path); // And away again, unless its writer lives.
    }
    const auto known = is_copy_name(name) ? identify(path) : std::nullopt;
    if (!known) {
      continue;
    }
    if (const auto source = source_of(path)) {
      copies.push_back({path, known->modified_ns, *source});
    } else if (source.err().code == errc::malformed) {
      ::unlink(path.c_str());
    }
  }
  std::ranges::sort(copies, std::ranges::greater{}, &copy::used_ns);
  std::map<std::uint64_t, std::size_t> of_source;
  std::size_t kept = 0;
  for (const auto& one : copies) {
    if (kept >= packed_copies_max || of_source[one.source] >= packed_copies_per_model_max) {
      ::unlink(one.path.c_str());
      continue;
    }
    ++of_source[one.source];
    ++kept;
  }
}

} // namespace troupe::engine
