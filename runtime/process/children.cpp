// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/children.hpp"

#include "runtime/base/check.hpp"

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <map>
#include <mutex>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>
#include <utility>

namespace troupe {

namespace {

error failed(const std::string& what) {
  return {.code = errc::io_failed, .text = what + ": " + std::strerror(errno)};
}

// Between fork and exec: only async-signal-safe calls.
[[noreturn]] void run_child(const char* program, char* const* argv, int log, int status_pipe,
                            bool die_with_parent, bool own_session, pid_t parent) {
  if (own_session) {
    ::setsid();
  } else {
    ::setpgid(0, 0);
  }
  if (die_with_parent) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(127);
    }
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const int null = ::open("/dev/null", O_RDONLY);
  ::dup2(null, 0);
  ::dup2(log, 1);
  ::dup2(log, 2);
  ::dup2(status_pipe, 3);
  ::fcntl(3, F_SETFD, FD_CLOEXEC);
  ::syscall(SYS_close_range, 4U, ~0U, 0U);
  ::execv(program, argv);
  const int why = errno;
  const auto ignored = ::write(3, &why, sizeof why);
  (void)ignored;
  ::_exit(127);
}

result<std::int64_t> launch(const child_options& what, bool own_session) {
  const int log = ::open(what.log_file.empty() ? "/dev/null" : what.log_file.c_str(),
                         O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
  if (log < 0) {
    return failed("cannot open the log file '" + what.log_file + "'");
  }
  int status[2];
  if (::pipe2(status, O_CLOEXEC) != 0) {
    auto why = failed("cannot make a pipe");
    ::close(log);
    return why;
  }
  std::vector<std::string> words{what.program};
  words.insert(words.end(), what.arguments.begin(), what.arguments.end());
  std::vector<char*> argv;
  argv.reserve(words.size() + 1);
  for (auto& word : words) {
    argv.push_back(word.data());
  }
  argv.push_back(nullptr);

  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    run_child(what.program.c_str(), argv.data(), log, status[1], what.die_with_parent, own_session,
              parent);
  }
  ::close(log);
  ::close(status[1]);
  if (pid < 0) {
    auto why = failed("cannot fork");
    ::close(status[0]);
    return why;
  }
  int why = 0;
  const auto got = ::read(status[0], &why, sizeof why);
  ::close(status[0]);
  if (got == static_cast<ssize_t>(sizeof why)) {
    ::waitpid(pid, nullptr, 0);
    errno = why;
    return failed("cannot run '" + what.program + "'");
  }
  return static_cast<std::int64_t>(pid);
}

std::string describe(int status) {
  if (WIFSIGNALED(status)) {
    return "killed by signal " + std::to_string(WTERMSIG(status));
  }
  return "exit code " + std::to_string(WEXITSTATUS(status));
}

} // namespace

struct children::state {
  exit_call on_exit;
  int changed = -1; ///< eventfd: a child was added, or the end.
  std::mutex mutex;
  struct child {
    int handle = -1; ///< pidfd.
    time_point kill_at = time_point::max();
  };
  std::map<pid_t, child> running;
  bool stopping = false;
  std::thread reaper;

  void notify() const {
    const std::uint64_t one = 1;
    const auto ignored = ::write(changed, &one, sizeof one);
    (void)ignored;
  }

  int kill_overdue() {
    const auto now = machine_clock().now();
    auto next = time_point::max();
    for (auto& [pid, one] : running) {
      if (one.kill_at <= now) {
        ::kill(-pid, SIGKILL);
        ::kill(pid, SIGKILL);
        one.kill_at = time_point::max();
      }
      next = std::min(next, one.kill_at);
    }
    if (next == time_point::max()) {
      return -1;
    }
    return static_cast<int>(
               std::chrono::duration_cast<std::chrono::milliseconds>(next - now).count())
           + 1;
  }

  void run() {
    while (true) {
      std::vector<pollfd> waits{{changed, POLLIN, 0}};
      std::vector<pid_t> pids{0};
      int timeout_ms = -1;
      {
        const std::lock_guard lock(mutex);
        if (stopping) {
          return;
        }
        timeout_ms = kill_overdue();
        for (const auto& [pid, one] : running) {
          waits.push_back({one.handle, POLLIN, 0});
          pids.push_back(pid);
        }
      }
      ::poll(waits.data(), waits.size(), timeout_ms);
      if ((waits[0].revents & POLLIN) != 0) {
        std::uint64_t count = 0;
        const auto ignored = ::read(changed, &count, sizeof count);
        (void)ignored;
      }
      for (std::size_t i = 1; i < waits.size(); ++i) {
        if (waits[i].revents != 0) {
          reap(pids[i]);
        }
      }
    }
  }

  void reap(pid_t pid) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) != pid) {
      return;
    }
    {
      const std::lock_guard lock(mutex);
      const auto found = running.find(pid);
      TROUPE_CHECK(found != running.end());
      ::close(found->second.handle);
      running.erase(found);
    }
    on_exit(pid, describe(status));
  }
};

children::children(exit_call on_exit) : state_(std::make_unique<state>()) {
  state_->on_exit = std::move(on_exit);
  state_->changed = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  TROUPE_CHECK(state_->changed >= 0);
  state_->reaper = std::thread([s = state_.get()] { s->run(); });
}

children::~children() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->notify();
  state_->reaper.join();
  for (const auto& [pid, one] : state_->running) {
    ::kill(-pid, SIGKILL);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::close(one.handle);
  }
  ::close(state_->changed);
}

result<std::int64_t> children::start(const child_options& what) {
  // PDEATHSIG follows the thread that forked; it must live as long as the process. The lock keeps
  // the reaper from meeting a child it does not know.
  const std::lock_guard lock(state_->mutex);
  auto pid = launch(what, false);
  if (!pid) {
    return pid;
  }
  const auto number = static_cast<pid_t>(*pid);
  const auto handle = static_cast<int>(::syscall(SYS_pidfd_open, number, 0));
  if (handle < 0) {
    auto why = failed("cannot watch the process");
    ::kill(number, SIGKILL);
    ::waitpid(number, nullptr, 0);
    return why;
  }
  state_->running[number].handle = handle;
  state_->notify();
  return pid;
}

void children::stop(std::int64_t pid, duration grace) {
  const std::lock_guard lock(state_->mutex);
  const auto found = state_->running.find(static_cast<pid_t>(pid));
  if (found != state_->running.end()) {
    ::kill(found->first, SIGTERM);
    found->second.kill_at = machine_clock().now() + grace;
    state_->notify();
  }
}

result<std::int64_t> start_daemon(const child_options& what) {
  return launch(what, true);
}

bool process_exists(std::int64_t pid) {
  return pid > 0 && (::kill(static_cast<pid_t>(pid), 0) == 0 || errno == EPERM);
}

bool ask_to_end(std::int64_t pid) {
  return pid > 0 && ::kill(static_cast<pid_t>(pid), SIGTERM) == 0;
}

} // namespace troupe
