// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/error.hpp"
#include "runtime/bus/actor_ref.hpp"
#include "runtime/bus/message.hpp"

#include <cstdint>
#include <utility>
#include <vector>

namespace troupe {

/// What a core wants done with an actor's lifetime.
struct watch_change {
  actor_ref who;
  bool on = true; ///< Monitor: `down` will be called once when it ends or its link breaks.
};

/// Where a core puts what it decided while it handled one event; the shell carries it out in order
/// and then forgets it. Request numbers are the outbox's own and unique per actor.
/// Thread: inside the actor.
class outbox {
public:
  template <bus_message M>
  void tell(const actor_ref& to, M what, time_point deadline = time_point::max()) {
    sends_.push_back({.to = to, .body = message::of(std::move(what)), .deadline = deadline});
  }

  /// Answered by `on_response` of the core, exactly once, at the latest at `deadline` (timeout).
  template <bus_message M>
  std::uint64_t request(const actor_ref& to, M what, time_point deadline) {
    const auto id = ++last_request_;
    sends_.push_back({.to = to,
                      .what = delivery::kind::request,
                      .request_id = id,
                      .body = message::of(std::move(what)),
                      .deadline = deadline});
    return id;
  }

  /// The same of messages whose type is not known here.
  void tell_any(const actor_ref& to, message what) {
    sends_.push_back({.to = to, .body = std::move(what)});
  }
  std::uint64_t request_any(const actor_ref& to, message what, time_point deadline) {
    const auto id = ++last_request_;
    sends_.push_back({.to = to,
                      .what = delivery::kind::request,
                      .request_id = id,
                      .body = std::move(what),
                      .deadline = deadline});
    return id;
  }

  /// Answers a request; does nothing if `asked` was a tell.
  template <bus_message M>
  void respond(const delivery& asked, M what) {
    respond_with(asked, message::of(std::move(what)), {});
  }
  void respond(const delivery& asked, error why) { respond_with(asked, {}, std::move(why)); }

  void monitor(const actor_ref& who) { watches_.push_back({who, true}); }
  void demonitor(const actor_ref& who) { watches_.push_back({who, false}); }

  [[nodiscard]] const std::vector<outgoing>& sends() const { return sends_; }
  [[nodiscard]] const std::vector<watch_change>& watches() const { return watches_; }

  /// For tests: the messages of type M that would be sent to `to` (nobody: to anyone), in order.
  template <bus_message M>
  [[nodiscard]] std::vector<const M*> sent(const actor_ref& to = {}) const {
    std::vector<const M*> found;
    for (const auto& send : sends_) {
      if (const auto* m = send.body.as<M>(); m != nullptr && (!to || send.to == to)) {
        found.push_back(m);
      }
    }
    return found;
  }

  void clear() {
    sends_.clear();
    watches_.clear();
  }

private:
  void respond_with(const delivery& asked, message body, error why) {
    if (asked.what == delivery::kind::request) {
      sends_.push_back({.to = asked.from,
                        .what = delivery::kind::response,
                        .request_id = asked.request_id,
                        .body = std::move(body),
                        .why = std::move(why)});
    }
  }

  std::vector<outgoing> sends_;
  std::vector<watch_change> watches_;
  std::uint64_t last_request_ = 0;
};

} // namespace troupe
