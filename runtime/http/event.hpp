// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <coroutine>
#include <exception>
#include <utility>

namespace troupe::http {

/// A coroutine that starts at once, belongs to nobody and frees itself at its end.
struct detached {
  struct promise_type {
    detached get_return_object() noexcept { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() noexcept {}
    void unhandled_exception() noexcept { std::terminate(); }
  };
};

/// What a connection's coroutine waits for: "something changed, look again". Signals given while
/// nobody waits are kept, and several are one.
/// Thread: one. The waiter runs inside signal(), so nothing of it may be used afterwards.
class event {
public:
  [[nodiscard]] bool await_ready() noexcept { return std::exchange(signalled_, false); }
  void await_suspend(std::coroutine_handle<> waiter) noexcept { waiter_ = waiter; }
  void await_resume() noexcept {}

  void signal() {
    if (waiter_) {
      std::exchange(waiter_, {}).resume();
    } else {
      signalled_ = true;
    }
  }

private:
  std::coroutine_handle<> waiter_;
  bool signalled_ = false;
};

} // namespace troupe::http
