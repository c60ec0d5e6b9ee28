// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/process/child_processes.hpp"

#include "runtime/process/descriptor.hpp"
#include "runtime/process/spawn.hpp"

#include <condition_variable>
#include <csignal>
#include <mutex>
#include <optional>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread>

namespace troupe::process {

namespace {

struct child {
  descriptor pidfd; ///< Readable when the child has ended.
  bool dies_with_parent = true;
  child_processes::on_exit ended;
};

struct order {
  const child_options* what = nullptr;
  child_processes::on_exit ended;
  std::optional<result<pid_t>> outcome;
};

// Where the kernel gives no pidfd, ends are found by looking every so often.
constexpr int poll_ms_without_pidfd = 20;

child_exit exit_of(pid_t pid, int status) {
  if (WIFSIGNALED(status)) {
    return {pid, 128 + WTERMSIG(status), WTERMSIG(status)};
  }
  return {pid, WEXITSTATUS(status), 0};
}

} // namespace

class child_processes::impl {
public:
  impl() : wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), thread_([this] { run(); }) {}

  ~impl() {
    {
      const auto lock = std::lock_guard{mutex_};
      stopping_ = true;
    }
    wake();
    thread_.join();
  }

  result<pid_t> spawn(child_options what, on_exit ended) {
    auto mine = order{&what, std::move(ended), std::nullopt};
    auto lock = std::unique_lock{mutex_};
    orders_.push_back(&mine);
    wake();
    done_.wait(lock, [&mine] { return mine.outcome.has_value(); });
    return *std::move(mine.outcome);
  }

  result<void> signal(pid_t pid, int number) {
    // A pid cannot be given to a stranger before it is reaped, which needs this lock.
    const auto lock = std::lock_guard{mutex_};
    if (!children_.contains(pid)) {
      return error{errc::not_found, "no child " + std::to_string(pid) + " is running", "pid"};
    }
    ::kill(-pid, number);
    return {};
  }

  std::size_t running_count() const {
    const auto lock = std::lock_guard{mutex_};
    return children_.size();
  }

private:
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto sent = ::write(wake_.get(), &one, sizeof one);
  }

  void run() {
    auto lock = std::unique_lock{mutex_};
    while (!stopping_) {
      take_orders();
      auto waits = std::vector<pollfd>{{wake_.get(), POLLIN, 0}};
      int timeout_ms = -1;
      for (const auto& [pid, held] : children_) {
        if (held.pidfd) {
          waits.push_back({held.pidfd.get(), POLLIN, 0});
        } else {
          timeout_ms = poll_ms_without_pidfd;
        }
      }
      lock.unlock();
      ::poll(waits.data(), waits.size(), timeout_ms);
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto got = ::read(wake_.get(), &ignored, sizeof ignored);
      reap();
      lock.lock();
    }
    end_all();
  }

  void take_orders() {
    for (auto* next : std::exchange(orders_, {})) {
      auto made = spawn_here(*next->what);
      if (made) {
        auto fd = descriptor{static_cast<int>(::syscall(SYS_pidfd_open, *made, 0))};
        children_.emplace(
            *made, child{std::move(fd), next->what->dies_with_parent, std::move(next->ended)});
      }
      next->outcome = std::move(made);
    }
    done_.notify_all();
  }

  void reap() {
    auto ended = std::vector<std::pair<on_exit, child_exit>>{};
    {
      const auto lock = std::lock_guard{mutex_};
      for (auto next = children_.begin(); next != children_.end();) {
        int status = 0;
        if (::waitpid(next->first, &status, WNOHANG) == next->first) {
          ended.emplace_back(std::move(next->second.ended), exit_of(next->first, status));
          next = children_.erase(next);
        } else {
          ++next;
        }
      }
    }
    for (const auto& [callback, how] : ended) {
      if (callback) {
        callback(how);
      }
    }
  }

  void end_all() {
    for (auto* next : std::exchange(orders_, {})) {
      next->outcome = result<pid_t>{error{errc::cancelled, "no more children are started", {}}};
    }
    done_.notify_all();
    for (const auto& [pid, held] : children_) {
      if (held.dies_with_parent) {
        ::kill(-pid, SIGKILL);
        ::waitpid(pid, nullptr, 0);
      }
    }
    children_.clear();
  }

  descriptor wake_;
  mutable std::mutex mutex_;
  std::condition_variable done_;
  std::vector<order*> orders_;
  std::map<pid_t, child> children_;
  bool stopping_ = false;
  std::thread thread_;
};

child_processes::child_processes() : impl_(std::make_unique<impl>()) {
}
child_processes::~child_processes() = default;

result<pid_t> child_processes::spawn(child_options what, on_exit ended) {
  return impl_->spawn(std::move(what), std::move(ended));
}

result<void> child_processes::signal(pid_t child, int number) {
  return impl_->signal(child, number);
}

std::size_t child_processes::running_count() const {
  return impl_->running_count();
}

} // namespace troupe::process
