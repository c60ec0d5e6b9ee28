// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/files.hpp"

#include "runtime/process/descriptor.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace troupe::process {

namespace {

error failed(const std::string& what, const std::string& path) {
  return {errc::io_failed, what + " " + path + " failed: " + std::strerror(errno), path};
}

bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno != EINTR) {
      return false;
    }
    text.remove_prefix(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
  return true;
}

std::string first_of(const std::map<std::string, std::string>& environment,
                     std::initializer_list<std::pair<const char*, const char*>> candidates,
                     std::string otherwise) {
  for (const auto& [variable, suffix] : candidates) {
    const auto found = environment.find(variable);
    if (found != environment.end() && !found->second.empty()) {
      // systemd lists several directories with colons; the first is ours.
      return found->second.substr(0, found->second.find(':')) + suffix;
    }
  }
  return otherwise;
}

} // namespace

result<std::vector<std::string>> read_last_lines(const std::string& path, std::size_t lines_max,
                                                 std::size_t bytes_max) {
  const auto file = descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) {
    return errno == ENOENT ? error{errc::not_found, "the file " + path + " does not exist", path}
                           : failed("opening", path);
  }
  const auto size = ::lseek(file.get(), 0, SEEK_END);
  const auto begin = std::max<off_t>(size - static_cast<off_t>(bytes_max), 0);
  std::string text(static_cast<std::size_t>(std::max<off_t>(size - begin, 0)), '\0');
  const auto got = ::pread(file.get(), text.data(), text.size(), begin);
  if (size < 0 || got < 0) {
    return failed("reading", path);
  }
  text.resize(static_cast<std::size_t>(got));
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  if (begin > 0 && !lines.empty()) {
    lines.erase(lines.begin()); // Only the end of a line.
  }
  if (lines.size() > lines_max) {
    lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(lines_max));
  }
  return lines;
}

result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  const auto file = descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file && errno == ENOENT) {
    return error{errc::not_found, "the file " + path + " does not exist", path};
  }
  if (!file) {
    return failed("opening", path);
  }
  auto text = std::string{};
  char buffer[65536];
  while (true) {
    const auto count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno != EINTR) {
      return failed("reading", path);
    }
    if (count == 0) {
      return text;
    }
    text.append(buffer, count > 0 ? static_cast<std::size_t>(count) : 0);
    if (text.size() > bytes_max) {
      return error{errc::too_large,
                   path + " is larger than " + std::to_string(bytes_max) + " bytes", path};
    }
  }
}

result<void> write_file_atomic(const std::string& path, std::string_view text, unsigned mode) {
  auto temporary = path + ".XXXXXX";
  const auto file = descriptor{::mkostemp(temporary.data(), O_CLOEXEC)};
  if (!file) {
    return failed("writing", path);
  }
  const bool done = ::fchmod(file.get(), mode) == 0 && write_all(file.get(), text)
                    && ::fsync(file.get()) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0;
  if (!done) {
    auto why = failed("writing", path);
    ::unlink(temporary.c_str());
    return why;
  }
  const auto parent = std::filesystem::path{path}.parent_path();
  const auto directory =
      descriptor{::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (directory) {
    ::fsync(directory.get());
  }
  return {};
}

result<void> make_private_directory(const std::string& path) {
  auto why = std::error_code{};
  if (const auto parent = std::filesystem::path{path}.parent_path(); !parent.empty()) {
    std::filesystem::create_directories(parent, why);
  }
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) {
    return failed("creating directory", path);
  }
  struct stat found{};
  if (::lstat(path.c_str(), &found) != 0) {
    return failed("creating directory", path);
  }
  if (!S_ISDIR(found.st_mode) || found.st_uid != ::geteuid()) {
    return error{errc::io_failed, path + " is not a directory of this user; choose another", path};
  }
  return {};
}

std::string state_directory(const std::map<std::string, std::string>& environment) {
  return first_of(environment,
                  {{"TROUPE_STATE_DIR", ""},
                   {"STATE_DIRECTORY", ""},
                   {"XDG_STATE_HOME", "/troupe"},
                   {"HOME", "/.local/state/troupe"}},
                  "/var/lib/troupe");
}

std::string run_directory(const std::map<std::string, std::string>& environment) {
  return first_of(
      environment,
      {{"TROUPE_RUN_DIR", ""}, {"RUNTIME_DIRECTORY", ""}, {"XDG_RUNTIME_DIR", "/troupe"}},
      "/tmp/troupe-" + std::to_string(::geteuid()));
}

} // namespace troupe::process
