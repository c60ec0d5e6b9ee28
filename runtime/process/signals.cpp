// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/signals.hpp"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <poll.h>
#include <sys/signalfd.h>

namespace troupe::process {

result<signal_set> signal_set::block(std::initializer_list<int> numbers) {
  auto set = sigset_t{};
  ::sigemptyset(&set);
  for (const int number : numbers) {
    ::sigaddset(&set, number);
  }
  std::signal(SIGPIPE, SIG_IGN);
  auto fd = descriptor{};
  if (::pthread_sigmask(SIG_BLOCK, &set, nullptr) == 0) {
    fd = descriptor{::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)};
  }
  if (!fd) {
    return error{
        errc::io_failed, std::string{"signals cannot be waited for: "} + std::strerror(errno), {}};
  }
  return signal_set{std::move(fd)};
}

std::optional<int> signal_set::wait(duration timeout) const {
  const auto deadline = machine_clock().now() + timeout;
  while (true) {
    auto info = signalfd_siginfo{};
    if (::read(fd_.get(), &info, sizeof info) == sizeof info) {
      return static_cast<int>(info.ssi_signo);
    }
    const auto left = deadline - machine_clock().now();
    if (left <= 0s) {
      return std::nullopt;
    }
    auto wait = pollfd{fd_.get(), POLLIN, 0};
    const auto ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
    ::poll(&wait, 1, static_cast<int>(std::min<std::int64_t>(ms, 60'000)));
  }
}

} // namespace troupe::process
