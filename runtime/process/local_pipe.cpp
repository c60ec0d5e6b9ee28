// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/local_pipe.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::process {

namespace {

error failed(const std::string& what, int number) {
  return {.code = errc::io_failed, .text = what + ": " + std::strerror(number)};
}

} // namespace

result<local_pipe> local_pipe::open(const std::string& command) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return failed("no pipe", errno);
  }
  descriptor reading(ends[0]);
  descriptor writing(ends[1]);
  posix_spawn_file_actions_t files;
  posix_spawnattr_t how;
  ::posix_spawn_file_actions_init(&files);
  ::posix_spawnattr_init(&how);
  ::posix_spawn_file_actions_adddup2(&files, reading.get(), STDIN_FILENO);
  sigset_t none;
  ::sigemptyset(&none);
  sigset_t usual;
  ::sigemptyset(&usual);
  ::sigaddset(&usual, SIGPIPE);
  ::posix_spawnattr_setsigmask(&how, &none);
  ::posix_spawnattr_setsigdefault(&how, &usual);
  ::posix_spawnattr_setflags(&how, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  std::string text = command;
  std::string shell = "sh";
  std::string flag = "-c";
  std::array<char*, 4> words{shell.data(), flag.data(), text.data(), nullptr};
  pid_t child = 0;
  const auto refused = ::posix_spawn(&child, "/bin/sh", &files, &how, words.data(), environ);
  ::posix_spawn_file_actions_destroy(&files);
  ::posix_spawnattr_destroy(&how);
  if (refused != 0) {
    return failed("cannot run '" + command + "'", refused);
  }
  return local_pipe(std::move(writing), child);
}

local_pipe::~local_pipe() {
  if (child_ > 0) {
    close();
  }
}

bool local_pipe::write(std::string_view text) {
  while (!text.empty() && input_) {
    const auto wrote = ::write(input_.get(), text.data(), text.size());
    if (wrote < 0 && errno != EINTR) {
      input_.reset();
    } else if (wrote > 0) {
      text.remove_prefix(static_cast<std::size_t>(wrote));
    }
  }
  return static_cast<bool>(input_);
}

int local_pipe::close() {
  input_.reset();
  int status = 0;
  while (child_ > 0 && ::waitpid(child_, &status, 0) < 0 && errno == EINTR) {
  }
  child_ = 0;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

} // namespace troupe::process
