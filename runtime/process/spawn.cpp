// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/spawn.hpp"

#include "runtime/process/descriptor.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace troupe::process {

namespace {

// Everything that the child needs, made before the fork: between fork and exec of a process with
// threads nothing may allocate or lock.
struct prepared {
  std::vector<char*> argv;
  std::vector<std::string> entries;
  std::vector<char*> envp;
  const char* directory = nullptr;
  const char* output = nullptr;
  std::array<int, 3> standard{-1, -1, -1};
  bool dies_with_parent = true;
  pid_t parent = 0;
};

enum step : int { at_directory = 1, at_output, at_exec };

[[noreturn]] void report(int pipe, step where) {
  const auto what = std::array<int, 2>{where, errno};
  [[maybe_unused]] const auto sent = ::write(pipe, what.data(), sizeof what);
  ::_exit(127);
}

void reset_signals() {
  for (int number = 1; number < NSIG; ++number) {
    struct sigaction normal{};
    normal.sa_handler = SIG_DFL;
    ::sigaction(number, &normal, nullptr);
  }
  auto none = sigset_t{};
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

[[noreturn]] void run_child(const prepared& with, int pipe) {
  ::setpgid(0, 0);
  if (with.dies_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != with.parent) {
      ::_exit(127);
    }
  }
  reset_signals();
  if (with.directory != nullptr && ::chdir(with.directory) != 0) {
    report(pipe, at_directory);
  }
  if (const int null = ::open("/dev/null", O_RDONLY); null >= 0) {
    ::dup2(null, 0);
  }
  if (with.output != nullptr) {
    const int out = ::open(with.output, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (out < 0 || ::dup2(out, 1) < 0 || ::dup2(out, 2) < 0) {
      report(pipe, at_output);
    }
  }
  for (int number = 0; number < 3; ++number) {
    const int given = with.standard[static_cast<std::size_t>(number)];
    if (given >= 0 && ::dup2(given, number) < 0) {
      report(pipe, at_output);
    }
  }
  ::syscall(SYS_close_range, 3U, ~0U, CLOSE_RANGE_CLOEXEC);
  ::execve(with.argv[0], with.argv.data(), with.envp.data());
  report(pipe, at_exec);
}

prepared prepare(const child_options& what) {
  auto out = prepared{};
  for (const auto& argument : what.argv) {
    out.argv.push_back(const_cast<char*>(argument.c_str()));
  }
  out.argv.push_back(nullptr);
  for (const auto& [name, value] : what.environment) {
    out.entries.push_back(name + "=" + value);
  }
  for (auto& entry : out.entries) {
    out.envp.push_back(entry.data());
  }
  out.envp.push_back(nullptr);
  out.directory = what.directory.empty() ? nullptr : what.directory.c_str();
  out.output = what.output.empty() ? nullptr : what.output.c_str();
  out.standard = {what.input, what.out, what.errors};
  out.dies_with_parent = what.dies_with_parent;
  out.parent = ::getpid();
  return out;
}

error start_error(const child_options& what, int where, int why) {
  const auto& subject = where == at_directory ? what.directory
                        : where == at_output  ? what.output
                                              : what.argv[0];
  const auto* doing = where == at_directory ? "changing to directory "
                      : where == at_output  ? "opening the output file "
                                            : "executing ";
  return {errc::io_failed, doing + subject + " failed: " + std::strerror(why), subject};
}

} // namespace

result<pid_t> spawn_here(const child_options& what) {
  if (what.argv.empty() || what.argv[0].find('/') == std::string::npos) {
    return error{errc::invalid_value, "a program is given by its path, with a '/'", "argv"};
  }
  const auto with = prepare(what);
  auto ends = std::array<int, 2>{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return error{errc::io_failed, std::string{"no pipe: "} + std::strerror(errno), {}};
  }
  const auto reader = descriptor{ends[0]};
  auto writer = descriptor{ends[1]};
  const auto child = ::fork();
  if (child == 0) {
    run_child(with, writer.get());
  }
  if (child < 0) {
    return error{errc::io_failed, std::string{"fork failed: "} + std::strerror(errno), {}};
  }
  writer.reset();
  auto failure = std::array<int, 2>{0, 0};
  auto count = ssize_t{0};
  do {
    count = ::read(reader.get(), failure.data(), sizeof failure);
  } while (count < 0 && errno == EINTR);
  if (count == sizeof failure) {
    ::waitpid(child, nullptr, 0);
    return start_error(what, failure[0], failure[1]);
  }
  return child;
}

result<pid_t> spawn_daemon(child_options what) {
  what.dies_with_parent = false;
  return spawn_here(what);
}

} // namespace troupe::process
