// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/core_shell.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/bus/posts.hpp"

#include <caf/event_based_actor.hpp>

#include <vector>

namespace troupe {

namespace {

class core_shell : public caf::event_based_actor {
public:
  core_shell(caf::actor_config& config, world where, core_calls calls)
      : caf::event_based_actor(config), world_(where), calls_(calls) {}

  caf::behavior make_behavior() override {
    return {
        [this](const shell_start& start) { begin(start); },
        [this](const delivery& what) { deliver(what); },
        [this](const down& what) {
          event(nullptr,
                [&](troupe::context& cx) { calls_.on_down(core_.get(), what.who, what.why, cx); });
        },
        [this](const posted& what) {
          event(nullptr, [&](troupe::context& cx) { what.call(core_.get(), cx); });
        },
        [this](const wake&) { awake(); },
        [this](const troupe::quit&) { caf::event_based_actor::quit(); },
    };
  }

  void on_exit() override { core_.reset(); }

  const char* name() const override { return "core"; }

private:
  void begin(const shell_start& start) {
    self_ = start.self;
    core_ = start.core;
    finish_event();
    const auto early = std::move(early_);
    early_.clear();
    for (const auto& what : early) {
      deliver(what);
    }
  }

  template <class F>
  void event(const delivery* from, F f) {
    if (core_ == nullptr) {
      return;
    }
    troupe::context cx{.now = world_.time.now(), .out = out_, .from = from};
    f(cx);
    finish_event();
  }

  void deliver(const delivery& what) {
    if (core_ == nullptr) {
      early_.push_back(what);
      return;
    }
    if (what.hold != nullptr && !what.hold->alive()) {
      drop(what);
      return;
    }
    if (world_.checked) {
      TROUPE_CHECK(what.hold == nullptr || world_.links.stands(what.hold->session()));
    }
    event(&what, [&](troupe::context& cx) {
      if (what.what == delivery::kind::response) {
        calls_.on_response(core_.get(), what.request_id, what, cx);
      } else if (!calls_.dispatch(core_.get(), what, cx)) {
        cx.out.respond(what, error{.code = errc::unsupported,
                                   .text = "this actor does not handle message type "
                                           + std::to_string(what.body.type())});
      }
    });
  }

  // The bus has answered a request when it posts the response: if its session ends before that is
  // read, nobody else will answer.
  void drop(const delivery& what) {
    if (what.what != delivery::kind::response) {
      return;
    }
    const delivery lost{.from = what.from,
                        .what = what.what,
                        .request_id = what.request_id,
                        .why = {.code = errc::peer_gone,
                                .text = "the link broke before the answer was read",
                                .retryable = true}};
    event(&lost,
          [&](troupe::context& cx) { calls_.on_response(core_.get(), lost.request_id, lost, cx); });
  }

  void awake() {
    armed_.reset();
    event(nullptr, [&](troupe::context& cx) {
      const auto due = calls_.next_wake(core_.get());
      if (due && *due <= cx.now) {
        calls_.tick(core_.get(), cx);
      }
    });
  }

  // Watching before telling: who asks for work learns of the worker's end even if it comes first.
  void finish_event() {
    if (world_.checked) {
      calls_.check_invariants(core_.get());
    }
    for (const auto& change : out_.watches()) {
      if (change.on) {
        world_.links.monitor(self_, change.who);
      } else {
        world_.links.demonitor(self_, change.who);
      }
    }
    for (const auto& send : out_.sends()) {
      world_.links.send(self_, send);
    }
    out_.clear();
    arm();
  }

  void arm() {
    const auto due = calls_.next_wake(core_.get());
    if (!due || (armed_ && *armed_ <= *due)) {
      return;
    }
    armed_ = *due;
    world_.queue.at(*due, [me = caf::actor_cast<caf::weak_actor_ptr>(this)] {
      if (const auto strong = me.lock()) {
        caf::anon_send(caf::actor_cast<caf::actor>(strong), wake{});
      }
    });
  }

  world world_;
  core_calls calls_;
  std::shared_ptr<void> core_;
  actor_ref self_;
  outbox out_;
  std::vector<delivery> early_;
  std::optional<time_point> armed_;
};

} // namespace

caf::actor spawn_shell(caf::actor_system& system, const world& where, core_calls calls) {
  return system.spawn<core_shell>(where, calls);
}

} // namespace troupe
