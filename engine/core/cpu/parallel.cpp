// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/parallel.hpp"

#include "runtime/base/check.hpp"

namespace troupe::engine::cpu {
namespace {

constexpr std::uint32_t threads_max = 256;
constexpr int spins_max = 2000;

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

constexpr std::uint32_t round_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state >> 32U);
}

constexpr std::uint32_t left_of(std::uint64_t state) {
  return static_cast<std::uint32_t>(state);
}

} // namespace

parallel::parallel(std::uint32_t threads) {
  TROUPE_CHECK(threads >= 1 && threads <= threads_max);
  helpers_.reserve(threads - 1);
  for (std::uint32_t i = 1; i < threads; ++i) {
    helpers_.emplace_back([this, i] { help(i); });
  }
}

parallel::~parallel() {
  {
    const std::lock_guard lock{mutex_};
    is_stopping_.store(true);
  }
  wake_.notify_all();
  for (auto& helper : helpers_) {
    helper.join();
  }
}

void parallel::run_tasks(std::uint32_t count, call function, const void* body) {
  if (helpers_.empty() || count <= 1) {
    for (std::uint32_t i = count; i > 0; --i) {
      function(body, i - 1, 0);
    }
    return;
  }
  const auto round = round_of(state_.load(std::memory_order_relaxed)) + 1;
  function_.store(function, std::memory_order_relaxed);
  body_.store(body, std::memory_order_relaxed);
  unfinished_.store(count, std::memory_order_relaxed);
  state_.store(std::uint64_t{round} << 32U | count, std::memory_order_seq_cst);
  if (asleep_.load(std::memory_order_seq_cst) > 0) {
    const std::lock_guard lock{mutex_};
    wake_.notify_all();
  }
  work(round, 0);
  // Only helpers in the middle of a task are waited for; a bounded spin, then the processor is
  // offered to whoever the system would rather run, which may be that helper.
  for (int spins = 0; unfinished_.load(std::memory_order_acquire) > 0; ++spins) {
    if (spins < spins_max) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void parallel::work(std::uint32_t round, std::uint32_t worker) {
  for (;;) {
    auto state = state_.load(std::memory_order_acquire);
    if (round_of(state) != round || left_of(state) == 0) {
      return;
    }
    // Read before the task is taken: a taken task keeps its round, and so these, alive; a stale
    // read is thrown away with the failed exchange.
    const auto function = function_.load(std::memory_order_relaxed);
    const auto* body = body_.load(std::memory_order_relaxed);
    if (!state_.compare_exchange_weak(state, state - 1, std::memory_order_acq_rel)) {
      continue;
    }
    function(body, left_of(state) - 1, worker);
    unfinished_.fetch_sub(1, std::memory_order_release);
  }
}

void parallel::help(std::uint32_t worker) {
  std::uint32_t seen = 0;
  for (;;) {
    seen = await_round(seen);
    if (is_stopping_.load(std::memory_order_relaxed)) {
      return;
    }
    work(seen, worker);
  }
}

std::uint32_t parallel::await_round(std::uint32_t seen) {
  const auto is_due = [&] {
    return round_of(state_.load(std::memory_order_seq_cst)) != seen
           || is_stopping_.load(std::memory_order_relaxed);
  };
  for (int spins = 0; spins < spins_max; ++spins) {
    if (is_due()) {
      return round_of(state_.load(std::memory_order_acquire));
    }
    pause();
  }
  std::unique_lock lock{mutex_};
  asleep_.fetch_add(1, std::memory_order_seq_cst);
  wake_.wait(lock, is_due);
  asleep_.fetch_sub(1, std::memory_order_seq_cst);
  return round_of(state_.load(std::memory_order_acquire));
}

} // namespace troupe::engine::cpu
