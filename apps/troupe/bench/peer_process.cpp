// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/contender.hpp"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::bench {

void peer_process::child_side::ready(const std::string& endpoint) const {
  const auto line = endpoint + "\n";
  (void)!::write(out, line.data(), line.size());
}

void peer_process::child_side::until_closed() const {
  char one = 0;
  while (::read(in, &one, 1) > 0) {
  }
}

peer_process::peer_process(const std::function<void(const child_side&)>& serve) {
  std::array<int, 2> down{};
  std::array<int, 2> up{};
  if (::pipe2(down.data(), O_CLOEXEC) != 0 || ::pipe2(up.data(), O_CLOEXEC) != 0) {
    return;
  }
  pid_ = ::fork();
  if (pid_ == 0) {
    ::close(down[1]);
    ::close(up[0]);
    serve({.out = up[1], .in = down[0]});
    ::_exit(0);
  }
  ::close(down[0]);
  ::close(up[1]);
  keep_ = down[1];
  char next = 0;
  while (::read(up[0], &next, 1) == 1 && next != '\n') {
    endpoint_ += next;
  }
  ::close(up[0]);
}

peer_process::~peer_process() {
  if (keep_ >= 0) {
    ::close(keep_);
  }
  if (pid_ > 0) {
    int status = 0;
    ::waitpid(pid_, &status, 0);
  }
}

} // namespace troupe::bench
