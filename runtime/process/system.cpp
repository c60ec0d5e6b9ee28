// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/system.hpp"

#include "runtime/base/check.hpp"
#include "runtime/process/descriptor.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstring>
#include <linux/close_range.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

extern "C" char** environ;

namespace troupe::process {

std::map<std::string, std::string> environment() {
  auto out = std::map<std::string, std::string>{};
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const auto text = std::string_view{*entry};
    if (const auto equals = text.find('='); equals != text.npos) {
      out.emplace(text.substr(0, equals), text.substr(equals + 1));
    }
  }
  return out;
}

void random_bytes(std::span<std::byte> into) {
  while (!into.empty()) {
    const auto count = ::getrandom(into.data(), into.size(), 0);
    TROUPE_CHECK(count > 0 || errno == EINTR);
    into = into.subspan(count > 0 ? static_cast<std::size_t>(count) : 0);
  }
}

std::uint64_t random_u64() {
  std::uint64_t out = 0;
  random_bytes(std::as_writable_bytes(std::span{&out, 1}));
  return out;
}

std::chrono::system_clock::time_point wall_now() {
  return std::chrono::system_clock::now();
}

std::uint64_t rss_bytes() {
  auto* file = std::fopen("/proc/self/statm", "re");
  if (file == nullptr) {
    return 0;
  }
  unsigned long long total = 0;
  unsigned long long resident = 0;
  const int read = std::fscanf(file, "%llu %llu", &total, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

std::uint64_t out_of_memory_kills() {
  auto* file = std::fopen("/proc/vmstat", "re");
  if (file == nullptr) {
    return 0;
  }
  unsigned long long kills = 0;
  auto line = std::array<char, 128>{};
  while (std::fgets(line.data(), line.size(), file) != nullptr) {
    if (std::sscanf(line.data(), "oom_kill %llu", &kills) == 1) {
      break;
    }
  }
  std::fclose(file);
  return kills;
}

std::string executable_path() {
  auto buffer = std::array<char, PATH_MAX>{};
  const auto count = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  return count > 0 ? std::string{buffer.data(), static_cast<std::size_t>(count)} : std::string{};
}

result<void> notify_service_manager(const std::string& socket, std::string_view state) {
  if (socket.empty()) {
    return {};
  }
  auto to = sockaddr_un{};
  to.sun_family = AF_UNIX;
  if (socket.size() >= sizeof to.sun_path) {
    return error{errc::invalid_value, "NOTIFY_SOCKET is too long", "NOTIFY_SOCKET"};
  }
  std::memcpy(to.sun_path, socket.data(), socket.size());
  if (socket[0] == '@') {
    to.sun_path[0] = '\0';
  }
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + socket.size());
  const auto out = descriptor{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  const auto sent = ::sendto(out.get(), state.data(), state.size(), MSG_NOSIGNAL,
                             reinterpret_cast<const sockaddr*>(&to), length);
  if (sent != static_cast<ssize_t>(state.size())) {
    return error{errc::io_failed,
                 "the service manager at " + socket + " was not reached: " + std::strerror(errno),
                 "NOTIFY_SOCKET"};
  }
  return {};
}

result<std::uint64_t> raise_descriptor_limit() {
  rlimit files{};
  bool fine = ::getrlimit(RLIMIT_NOFILE, &files) == 0;
  files.rlim_cur = files.rlim_max;
  fine = fine && ::setrlimit(RLIMIT_NOFILE, &files) == 0;
  if (!fine) {
    return error{errc::io_failed,
                 std::string("raising the limit of open files failed: ") + std::strerror(errno)};
  }
  return std::uint64_t{files.rlim_cur};
}

void close_on_exec_from(int first) {
  ::syscall(SYS_close_range, static_cast<unsigned>(first), ~0U, CLOSE_RANGE_CLOEXEC);
}

} // namespace troupe::process
