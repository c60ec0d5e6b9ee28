// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/shell/core_shell.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/bus/posts.hpp"

#include <caf/event_based_actor.hpp>

#include <array>
#include <string_view>
#include <vector>

namespace troupe {

namespace {

constexpr std::uint64_t timed_every = 8;
constexpr std::array<std::string_view, 3> kind_names{"tell", "request", "response"};

/// None: not handled below, so not counted.
event_kind kind_of_content(const caf::type_erased_tuple& what) {
  if (what.match_elements<delivery>()) {
    return kind_of(what.get_as<delivery>(0));
  }
  return what.match_elements<posted>()        ? event_kinds::posted
         : what.match_elements<wake>()        ? event_kinds::wake
         : what.match_elements<down>()        ? event_kinds::down
         : what.match_elements<shell_start>() ? event_kinds::start
                                              : event_kinds::none;
}

class core_shell : public caf::event_based_actor {
public:
  core_shell(caf::actor_config& config, world where, core_calls calls,
             std::shared_ptr<actor_meter> meter)
      : caf::event_based_actor(config), world_(where), calls_(calls), meter_(std::move(meter)) {}

  caf::behavior make_behavior() override {
    return {
        [this](const shell_start& start) { counted(event_kinds::start, [&] { begin(start); }); },
        [this](const delivery& what) { counted(kind_of(what), [&] { deliver(what); }); },
        [this](const deliveries& many) {
          for (const auto& what : many.all) {
            counted(kind_of(what), [&] { deliver(what); });
          }
        },
        [this](const down& what) {
          counted(event_kinds::down, [&] {
            event(nullptr, [&](troupe::context& cx) {
              calls_.on_down(core_.get(), what.who, what.why, cx);
            });
          });
        },
        [this](const posted& what) {
          counted(event_kinds::posted, [&] {
            event(nullptr, [&](troupe::context& cx) { what.call(core_.get(), cx); });
          });
        },
        [this](const wake&) { counted(event_kinds::wake, [&] { awake(); }); },
        [this](const troupe::quit&) { caf::event_based_actor::quit(); },
    };
  }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* host) override {
    if (meter_ != nullptr && what != nullptr) {
      note_arrival(what->content());
    }
    caf::event_based_actor::enqueue(std::move(what), host);
  }
  using caf::event_based_actor::enqueue;

  void on_exit() override {
    core_.reset();
    if (meter_ != nullptr) {
      meter_->ended = true;
    }
  }

  const char* name() const override { return "core"; }

private:
  void note_arrival(const caf::type_erased_tuple& what) {
    const auto note = [this](event_kind kind) {
      meter_->mailbox.arrive(kind, [this] { return world_.time.now(); });
    };
    if (what.match_elements<deliveries>()) {
      for (const auto& each : what.get_as<deliveries>(0).all) {
        note(kind_of(each));
      }
    } else if (const auto kind = kind_of_content(what); kind != event_kinds::none) {
      note(kind);
    }
  }

  // Reading the clock costs as much as a small event: one in `timed_every` stands for them all,
  // unless somebody wants to know more.
  template <class F>
  void counted(event_kind what, F f) {
    if (meter_ == nullptr) {
      f();
      return;
    }
    const bool is_nth = meter_->mailbox.take(what) % timed_every == 0;
    const bool is_profiled = meter_->profiles.any() && meter_->profile_turns.wants();
    if (is_nth || is_profiled) {
      timed(what, is_nth, is_profiled, f);
    } else {
      f();
    }
    meter_->mailbox.done();
  }

  template <class F>
  void timed(event_kind what, bool is_nth, bool is_profiled, F f) {
    const auto begun = world_.time.now();
    f();
    const auto took = world_.time.now() - begun;
    if (is_nth) {
      meter_->busy_ns.fetch_add(static_cast<std::uint64_t>(took / 1ns) * timed_every,
                                std::memory_order_relaxed);
    }
    if (is_profiled) {
      meter_->profile_turns.timed(begun);
      meter_->profiles.each([&](profile_tap& tap) { tap.take(what, took); });
    }
  }

  void show(trace_way way, const actor_ref& peer, delivery::kind what, const message& body,
            const error& why) {
    if (world_.log.writes(observe::level::debug)) {
      log_message(way, peer, what, body, why);
    }
    if (meter_ == nullptr || !meter_->traces.any()) {
      return;
    }
    meter_->traces.each([&](trace_tap& tap) {
      tap.take(world_.time.now(), [&]() -> trace_line {
        const auto* entry = body ? world_.links.types().find(body.type()) : nullptr;
        auto text = entry != nullptr ? entry->print(body.body()) : "error: " + why.text;
        return {.way = way,
                .peer = peer,
                .what = std::string(kind_names.at(static_cast<std::size_t>(what))),
                .text = utf8::repaired(text, limits::trace_text_bytes_max)};
      });
    });
  }

  // In full detail every field, and what is sent.
  void log_message(trace_way way, const actor_ref& peer, delivery::kind what, const message& body,
                   const error& why) {
    const auto& log = world_.log;
    const auto* entry = body ? world_.links.types().find(body.type()) : nullptr;
    const auto kind = kind_names.at(static_cast<std::size_t>(what));
    const auto name = entry != nullptr ? entry->name : std::string_view("error");
    if (way == trace_way::in) {
      log.debug("message_handled", {{"kind", kind},
                                    {"message", name},
                                    {"from_node", peer.node.node.value},
                                    {"from", peer.actor}});
    }
    if (log.writes(observe::level::trace)) {
      const auto text = entry != nullptr ? entry->print(body.body()) : why.text;
      if (way == trace_way::in) {
        log.trace("message_content", {{"message", name}, {"text", text}});
      } else {
        log.trace("message_sent", {{"kind", kind},
                                   {"message", name},
                                   {"to_node", peer.node.node.value},
                                   {"to", peer.actor},
                                   {"text", text}});
      }
    }
  }

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
    show(trace_way::in, what.from, what.what, what.body, what.why);
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
      show(trace_way::out, send.to, send.what, send.body, send.why);
      world_.links.send(self_, send);
    }
    if (meter_ != nullptr) {
      meter_->sent.fetch_add(out_.sends().size(), std::memory_order_relaxed);
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
  std::shared_ptr<actor_meter> meter_;
  std::shared_ptr<void> core_;
  actor_ref self_;
  outbox out_;
  std::vector<delivery> early_;
  std::optional<time_point> armed_;
};

} // namespace

caf::actor spawn_shell(caf::actor_system& system, const world& where, core_calls calls,
                       std::shared_ptr<actor_meter> meter) {
  return system.spawn<core_shell>(where, calls, std::move(meter));
}

} // namespace troupe
