// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/recording_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <system_error>
#include <unistd.h>

namespace troupe::shell {

error recording_file::failed() const {
  return {.code = errc::io_failed,
          .text = "cannot write '" + path_ + "': " + std::generic_category().message(errno),
          .field = "FILE"};
}

result<void> recording_file::check_replaceable() const {
  std::error_code unknown;
  if (!std::filesystem::is_regular_file(path_, unknown)
      || std::filesystem::file_size(path_, unknown) == 0) {
    return {};
  }
  const process::descriptor file(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
  std::string begin(recording_line_bytes_max, '\0');
  const auto got = ::read(file.get(), begin.data(), begin.size());
  begin.resize(got < 0 ? 0 : static_cast<std::size_t>(got));
  begin.resize(std::min(begin.find('\n'), begin.size()));
  if (!recording_reader(begin, path_).head()) {
    return error{.code = errc::invalid_value,
                 .text = "'" + path_ + "' exists and is no recording; remove it or name another",
                 .field = "FILE"};
  }
  return {};
}

// Whoever names a pipe that nobody reads is told so, and does not wait.
result<void> recording_file::open() {
  file_ = process::descriptor(
      ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600));
  bytes_ = 0;
  return file_ ? result<void>{} : failed();
}

result<void> recording_file::write(std::string_view line) {
  bytes_ += line.size();
  while (!line.empty()) {
    const auto got = ::write(file_.get(), line.data(), line.size());
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {
      return failed();
    }
    line.remove_prefix(static_cast<std::size_t>(got));
  }
  return {};
}

} // namespace troupe::shell
