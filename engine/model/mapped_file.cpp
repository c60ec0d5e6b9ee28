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

} // namespace

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
  return mapped_file{bytes_view{static_cast<const std::byte*>(at), size}};
}

mapped_file::mapped_file(mapped_file&& other) noexcept
    : view_(std::exchange(other.view_, bytes_view{})) {
}

mapped_file& mapped_file::operator=(mapped_file&& other) noexcept {
  std::swap(view_, other.view_);
  return *this;
}

mapped_file::~mapped_file() {
  if (!view_.empty()) {
    ::munmap(const_cast<std::byte*>(view_.data()), view_.size());
  }
}

} // namespace troupe::engine
