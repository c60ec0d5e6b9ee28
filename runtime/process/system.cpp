// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/system.hpp"

#include "runtime/base/check.hpp"

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <sys/random.h>
#include <unistd.h>

extern char** environ; // NOLINT: POSIX's own name

namespace troupe {

namespace {

sigset_t end_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGINT);
  ::sigaddset(&set, SIGTERM);
  return set;
}

error failed(const std::string& what) {
  return {.code = errno == ENOENT ? errc::not_found : errc::io_failed,
          .text = what + ": " + std::strerror(errno)};
}

} // namespace

std::uint64_t random_u64() {
  std::uint64_t value = 0;
  TROUPE_CHECK(::getrandom(&value, sizeof value, 0) == static_cast<ssize_t>(sizeof value));
  return value;
}

std::int64_t unix_seconds() {
  return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::size_t rss_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t total = 0;
  std::size_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

std::map<std::string, std::string> environment() {
  std::map<std::string, std::string> all;
  for (char** at = environ; at != nullptr && *at != nullptr; ++at) {
    const std::string entry = *at;
    const auto split = entry.find('=');
    if (split != std::string::npos) {
      all.emplace(entry.substr(0, split), entry.substr(split + 1));
    }
  }
  return all;
}

std::string program_path() {
  std::error_code why;
  return std::filesystem::read_symlink("/proc/self/exe", why).string();
}

result<std::string> read_file(const std::string& path, std::size_t bytes_max) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return failed("cannot read '" + path + "'");
  }
  std::error_code why;
  const auto size = std::filesystem::file_size(path, why);
  if (!why && size > bytes_max) {
    return error{.code = errc::too_large,
                 .text = "'" + path + "' has " + std::to_string(size) + " bytes; at most "
                         + std::to_string(bytes_max) + " are read"};
  }
  std::ostringstream content;
  content << file.rdbuf();
  if (file.bad()) {
    return failed("cannot read '" + path + "'");
  }
  return std::move(content).str();
}

result<void> write_file(const std::string& path, const std::string& content) {
  const auto fresh = path + ".new";
  errno = 0;
  {
    std::ofstream file(fresh, std::ios::binary | std::ios::trunc);
    file << content;
    file.flush();
    if (!file) {
      return failed("cannot write '" + fresh + "'");
    }
  }
  if (::rename(fresh.c_str(), path.c_str()) != 0) {
    return failed("cannot replace '" + path + "'");
  }
  return {};
}

result<void> make_directories(const std::string& path) {
  std::error_code why;
  std::filesystem::create_directories(path, why);
  if (why) {
    return error{.code = errc::io_failed,
                 .text = "cannot make the directory '" + path + "': " + why.message()};
  }
  return {};
}

void hold_signals() {
  const auto set = end_signals();
  TROUPE_CHECK(::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0);
  struct sigaction ignore{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGPIPE, &ignore, nullptr);
}

bool wait_for_end(std::optional<duration> timeout) {
  const auto set = end_signals();
  if (!timeout) {
    int which = 0;
    return ::sigwait(&set, &which) == 0;
  }
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(*timeout);
  const timespec limit{static_cast<time_t>(whole.count()),
                       static_cast<long>((*timeout - whole).count())};
  return ::sigtimedwait(&set, nullptr, &limit) > 0;
}

} // namespace troupe
