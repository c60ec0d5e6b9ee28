// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

namespace troupe::test {

/// An actor of a test: number `n` on node `n`.
inline actor_ref ref_of(std::uint64_t n) {
  return {.node = {.node = {n}, .life = {1000 + n}}, .actor = n};
}

/// Drives a core as its shell would, without CAF: virtual time, recorded effects, invariants
/// checked after every event.
template <actor_core C>
class core_driver {
public:
  template <class... Args>
  explicit core_driver(Args&&... args) : core_(std::forward<Args>(args)...) {}

  C* operator->() { return &core_; }
  C& operator*() { return core_; }

  template <bus_message M>
  void deliver(const actor_ref& from, M what) {
    hand({.from = from, .body = message::of(std::move(what))});
  }

  /// As a request numbered 1.
  template <bus_message M>
  void ask(const actor_ref& from, M what) {
    hand({.from = from,
          .what = delivery::kind::request,
          .request_id = 1,
          .body = message::of(std::move(what))});
  }

  void respond(std::uint64_t request, const delivery& answer) {
    event([&](context& cx) { core_.on_response(request, answer, cx); });
  }

  void down(const actor_ref& who) {
    watched_.erase(who);
    event([&](context& cx) { core_.on_down(who, {.code = errc::peer_gone}, cx); });
  }

  template <class F>
  void event(F f) {
    context cx{.now = now_, .out = out_};
    f(cx);
    settle();
  }

  /// Lets time pass, waking the core whenever it asked to be.
  void advance(duration by) {
    const auto until = now_ + by;
    while (const auto due = core_.next_wake()) {
      if (*due > until) {
        break;
      }
      now_ = std::max(now_, *due);
      event([&](context& cx) { core_.tick(cx); });
    }
    now_ = until;
  }

  /// Time passes, and whatever comes next comes before the wake that is due.
  void pass(duration time) { now_ += time; }

  /// Time passes while nothing runs; then the core is woken once.
  void oversleep(duration time) {
    now_ += time;
    event([&](context& cx) { core_.tick(cx); });
  }

  [[nodiscard]] time_point now() const { return now_; }
  [[nodiscard]] bool watches(const actor_ref& who) const { return watched_.contains(who); }
  [[nodiscard]] const std::vector<outgoing>& sends() const { return sends_; }

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

  void clear() { sends_.clear(); }

  void hand(const delivery& what) {
    context cx{.now = now_, .out = out_, .from = &what};
    TROUPE_CHECK(dispatch(core_, what, cx));
    settle();
  }

private:
  void settle() {
    core_.check_invariants();
    for (const auto& change : out_.watches()) {
      if (change.on) {
        watched_.insert(change.who);
      } else {
        watched_.erase(change.who);
      }
    }
    sends_.insert(sends_.end(), out_.sends().begin(), out_.sends().end());
    out_.clear();
  }

  C core_;
  outbox out_;
  time_point now_ = time_point{} + 1h;
  std::vector<outgoing> sends_;
  std::set<actor_ref> watched_;
};

} // namespace troupe::test
