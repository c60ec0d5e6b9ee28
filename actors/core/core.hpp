// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "messages/registry.hpp"

#include <concepts>
#include <optional>

namespace troupe {

/// What a core sees while it handles one event. `from` holds the whole delivery for answering.
struct context {
  time_point now;
  outbox& out;
  const delivery* from = nullptr; ///< Set while a message is handled.

  [[nodiscard]] const actor_ref& sender() const { return from->from; }
};

/// The shape every core has, so that one shell serves all of them (actors/shell.hpp) and the
/// simulation and the unit tests can drive a core without CAF:
///
///   class router_core {
///   public:
///     using handles = message_list<place, place_cancel, worker_report, ...>;  // the ledger
///     void on(const place& what, context& cx);            // one per entry of `handles`
///     void on_response(std::uint64_t request, const delivery& answer, context& cx);
///     void on_down(const actor_ref& who, const error& why, context& cx);
///     void tick(context& cx);                              // next_wake() has come
///     std::optional<time_point> next_wake() const;         // the shell arms one timer for it
///     void check_invariants() const;                       // after every event in tests
///   };
///
/// No I/O, thread, clock, random source or CAF in a core: time comes with the event, chance by a
/// seed at construction, effects go to the outbox or to a port given at construction.
template <class C>
concept actor_core = requires(C core, const C& view, const delivery& answer, const actor_ref& who,
                              const error& why, context& cx) {
  typename C::handles;
  core.on_response(std::uint64_t{}, answer, cx);
  core.on_down(who, why, cx);
  core.tick(cx);
  { view.next_wake() } -> std::same_as<std::optional<time_point>>;
  view.check_invariants();
};

/// Hands one delivery to the matching `on`. False: the core does not handle this type.
template <actor_core C>
bool dispatch(C& core, const delivery& what, context& cx) {
  return []<class... Ms>(message_list<Ms...>, C& c, const delivery& d, context& x) {
    const auto try_one = [&]<class M>(const M* m) {
      if (m != nullptr) {
        c.on(*m, x);
      }
      return m != nullptr;
    };
    return (try_one(d.body.as<Ms>()) || ...);
  }(typename C::handles{}, core, what, cx);
}

} // namespace troupe
