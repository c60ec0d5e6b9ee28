// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::engine::cpu {

/// A few threads that share the tasks of one loop at a time. Tasks are taken one by one, so a
/// thread that the system does not run holds nobody up: the caller then does its share.
///
/// Role:    one per executor; the caller of run() works too, so `threads` 1 starts no thread.
/// Thread:  run() from one thread at a time.
/// Ensures: when run() returns every task has ended, and what tasks wrote is visible. Which thread
///          ran which task is not determined: tasks must not depend on it.
/// Cost:    under a microsecond while the helpers spin; they spin for some 50 us after a loop, then
///          sleep until the next.
/// Checked: test/unit/cpu/parallel_test.cpp
class parallel {
public:
  /// Requires: 1 <= threads <= 256 (checked).
  explicit parallel(std::uint32_t threads);
  ~parallel();
  parallel(const parallel&) = delete;
  parallel& operator=(const parallel&) = delete;

  [[nodiscard]] std::uint32_t threads() const {
    return static_cast<std::uint32_t>(helpers_.size()) + 1;
  }

  /// Calls body(task, worker) for the tasks count - 1 ... 0; worker < threads() names the thread,
  /// for scratch memory. Requires: count <= 2^31; body does not throw.
  template <class Body>
  void run(std::uint32_t count, const Body& body) {
    run_tasks(
        count,
        [](const void* what, std::uint32_t task, std::uint32_t worker) {
          (*static_cast<const Body*>(what))(task, worker);
        },
        &body);
  }

private:
  using call = void (*)(const void* body, std::uint32_t task, std::uint32_t worker);

  void run_tasks(std::uint32_t count, call function, const void* body);
  void work(std::uint32_t round, std::uint32_t worker);
  void help(std::uint32_t worker);
  std::uint32_t await_round(std::uint32_t seen);

  /// Round in the high half, tasks not yet taken in the low half: whoever takes a task proves in
  /// the same instruction that its round is still on.
  std::atomic<std::uint64_t> state_{0};
  std::atomic<std::uint32_t> unfinished_{0};
  std::atomic<call> function_{nullptr};
  std::atomic<const void*> body_{nullptr};

  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<std::uint32_t> asleep_{0};
  std::atomic<bool> is_stopping_{false};
  std::vector<std::thread> helpers_;
};

} // namespace troupe::engine::cpu
