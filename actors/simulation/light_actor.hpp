// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "runtime/bus/posts.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <utility>

namespace troupe {

/// An actor of a light node. Told of everything but deliveries whose session has ended.
class light_actor {
public:
  light_actor() = default;
  light_actor(const light_actor&) = delete;
  light_actor& operator=(const light_actor&) = delete;
  virtual ~light_actor() = default;

  virtual void on(const delivery& what) = 0;
  virtual void on(const down& what) = 0;
  virtual void wake() = 0;
  [[nodiscard]] virtual bool is_core() const { return false; }
};

/// What a core actor needs of its node.
struct light_hooks {
  std::function<time_point()> now;
  std::function<void(const outgoing&)> send;
  std::function<void(const actor_ref&)> monitor;
  std::function<void(const actor_ref&)> demonitor;
  std::function<void(time_point)> wake_at;
  bool checked = true;
};

/// Runs a core as `core_shell` does.
template <actor_core C>
class core_actor final : public light_actor {
public:
  core_actor(std::unique_ptr<C> core, light_hooks hooks)
      : core_(std::move(core)), hooks_(std::move(hooks)) {}

  [[nodiscard]] C& core() { return *core_; }
  [[nodiscard]] bool is_core() const override { return true; }

  void on(const delivery& what) override {
    run(&what, [&](context& cx) {
      if (what.what == delivery::kind::response) {
        core_->on_response(what.request_id, what, cx);
      } else if (!dispatch(*core_, what, cx)) {
        cx.out.respond(what, error{.code = errc::unsupported, .text = "not handled here"});
      }
    });
  }
  void on(const down& what) override {
    run(nullptr, [&](context& cx) { core_->on_down(what.who, what.why, cx); });
  }
  void wake() override {
    armed_.reset();
    run(nullptr, [&](context& cx) {
      const auto due = core_->next_wake();
      if (due && *due <= cx.now) {
        core_->tick(cx);
      }
    });
  }

  template <class F>
  void run(const delivery* from, F f) {
    context cx{.now = hooks_.now(), .out = out_, .from = from};
    f(cx);
    if (hooks_.checked) {
      core_->check_invariants();
    }
    for (const auto& change : out_.watches()) {
      (change.on ? hooks_.monitor : hooks_.demonitor)(change.who);
    }
    for (const auto& send : out_.sends()) {
      hooks_.send(send);
    }
    out_.clear();
    const auto due = core_->next_wake();
    if (due && (!armed_ || *armed_ > *due)) {
      armed_ = *due;
      hooks_.wake_at(*due);
    }
  }

private:
  std::unique_ptr<C> core_;
  light_hooks hooks_;
  outbox out_;
  std::optional<time_point> armed_;
};

} // namespace troupe
