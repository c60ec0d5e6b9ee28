// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/mapped_file.hpp"

#include "engine/model/model_error.hpp"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace troupe::engine {
namespace {

error cannot(const std::string& path, const char* what, int reason) {
  return {.code = errc::io_failed,
          .text = path + ": cannot " + what + " it: " + std::strerror(reason)
                  + "; check the file and its permissions",
          .field = path};
}

result<mapped_file> refuse(int file, error why) {
  ::close(file);
  return why;
}

std::int64_t nanoseconds_of(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
}

file_identity identity_of(const struct stat& about) {
  return {.device = about.st_dev,
          .inode = about.st_ino,
          .size_bytes = static_cast<std::uint64_t>(about.st_size),
          .modified_ns = nanoseconds_of(about.st_mtim),
          .changed_ns = nanoseconds_of(about.st_ctim)};
}

} // namespace

std::optional<file_identity> identify(const std::string& path) {
  struct stat about{};
  if (::stat(path.c_str(), &about) != 0) {
    return std::nullopt;
  }
  return identity_of(about);
}

result<mapped_file> mapped_file::open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) {
      return model_error(path, "", "there is no such file",
                         "give a directory with a complete Hugging Face model");
    }
    return cannot(path, "open", errno);
  }
  struct stat about{};
  if (::fstat(file, &about) != 0) {
    return refuse(file, cannot(path, "examine", errno));
  }
  if (!S_ISREG(about.st_mode)) {
    return refuse(file, model_error(path, "", "is no regular file", fetch_again));
  }
  if (about.st_size == 0) {
    return refuse(file, model_error(path, "", "is empty", std::string{fetch_again}));
  }
  const auto size = static_cast<std::size_t>(about.st_size);
  void* at = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file, 0);
  if (at == MAP_FAILED) {
    return refuse(file, cannot(path, "map", errno));
  }
  ::close(file);
  return mapped_file{bytes_view{static_cast<const std::byte*>(at), size}, identity_of(about)};
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : view_(std::exchange(other.view_, bytes_view{})), identity_(other.identity_) {
}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
  std::swap(view_, other.view_);
  std::swap(identity_, other.identity_);
  return *this;
}

void mapped_file::prefer_huge_pages() const {
  ::madvise(const_cast<std::byte*>(view_.data()), view_.size(), MADV_HUGEPAGE);
}

mapped_file::~mapped_file() {
  if (!view_.empty()) {
    ::munmap(const_cast<std::byte*>(view_.data()), view_.size());
  }
}

} // namespace troupe::engine
