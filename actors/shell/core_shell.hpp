// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/core.hpp"
#include "actors/shell/posts.hpp"
#include "actors/shell/world.hpp"

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace troupe {

/// A core's functions without its type, so that one shell is compiled once for all of them.
struct core_calls {
  bool (*dispatch)(void*, const delivery&, context&);
  void (*on_response)(void*, std::uint64_t, const delivery&, context&);
  void (*on_down)(void*, const actor_ref&, const error&, context&);
  void (*tick)(void*, context&);
  std::optional<time_point> (*next_wake)(const void*);
  void (*check_invariants)(const void*);
};

template <actor_core C>
core_calls calls_of() {
  return {
      .dispatch = [](void* c, const delivery& d,
                     context& x) { return troupe::dispatch(*static_cast<C*>(c), d, x); },
      .on_response = [](void* c, std::uint64_t id, const delivery& d,
                        context& x) { static_cast<C*>(c)->on_response(id, d, x); },
      .on_down = [](void* c, const actor_ref& who, const error& why,
                    context& x) { static_cast<C*>(c)->on_down(who, why, x); },
      .tick = [](void* c, context& x) { static_cast<C*>(c)->tick(x); },
      .next_wake = [](const void* c) { return static_cast<const C*>(c)->next_wake(); },
      .check_invariants = [](const void* c) { static_cast<const C*>(c)->check_invariants(); },
  };
}

/// An actor that delivers messages, times and completions to a core and carries out what it
/// decided. Waits for its `shell_start`. Drops deliveries whose session has ended; a response among
/// them becomes the error peer_gone, so that every request is answered.
/// Thread: CAF's scheduler (the driver's in the simulation). Checked: test/actor/shell_test.cpp
/// `meter`, if any, counts what it does.
[[nodiscard]] caf::actor spawn_shell(caf::actor_system& system, const world& where,
                                     core_calls calls, std::shared_ptr<actor_meter> meter);

/// Runs `f(core, context)` inside the actor of a core of type C. Thread: any.
template <class C, class F>
void post_to(const caf::actor& mailbox, F f) {
  caf::anon_send(mailbox, posted{[f = std::move(f)](void* c, context& cx) mutable {
                   f(*static_cast<C*>(c), cx);
                 }});
}

/// A spawned core: its name everywhere and its mailbox here. `core` is the actor's; only the
/// simulation and tests, which run in the actor's thread, look at it.
template <class C>
struct spawned {
  actor_ref ref;
  caf::actor mailbox;
  std::shared_ptr<C> core;

  template <class F>
  void post(F f) const {
    post_to<C>(mailbox, std::move(f));
  }

  void end() const { caf::anon_send(mailbox, quit{}); }
};

/// Spawns the core that `make(self)` returns (a shared_ptr), told to peers as `name` if not empty.
template <actor_core C, class Make>
spawned<C> spawn_core(caf::actor_system& system, const world& where, const std::string& name,
                      Make make) {
  const auto meter = where.actors != nullptr ? std::make_shared<actor_meter>() : nullptr;
  auto own = where;
  own.log = where.log.of(name);
  auto mailbox = spawn_shell(system, own, calls_of<C>(), meter);
  const auto ref = where.links.attach(mailbox, name);
  if (where.actors != nullptr) {
    where.actors->add(ref.actor, name, meter);
  }
  std::shared_ptr<C> core = make(ref);
  caf::anon_send(mailbox, shell_start{ref, core});
  return {ref, std::move(mailbox), std::move(core)};
}

} // namespace troupe
