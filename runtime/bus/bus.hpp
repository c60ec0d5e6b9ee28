// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/bus/bus_options.hpp"
#include "runtime/bus/link.hpp"
#include "runtime/bus/message.hpp"
#include "runtime/bus/posts.hpp"
#include "runtime/bus/security.hpp"
#include "runtime/codec/type_table.hpp"

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace troupe {

/// Where an attached actor runs when something arrived for it from another process.
enum class runs : std::uint8_t {
  scheduled, ///< On CAF's scheduler; woken by a lone message in the transport's thread, if that has
             ///< nothing else to do and the actor was quick of late. May take as long as it likes.
  inlined,   ///< On the bus's thread, at once: only for handlers of a few microseconds.
  pooled,    ///< On CAF's scheduler.
};

/// Carries messages between the actors of this process and of others, alike.
///
/// Role:    one per node (process or simulated node). Actors are addressed by actor_ref only; what
///   arrives at one is posted to its CAF mailbox as `delivery` or `down`.
/// Thread:  any. With the simulated transport everything runs in the driver's thread.
/// Ensures:
///   - Within a session nothing is lost, doubled or reordered, except that a message with an
///     attachment may be overtaken while its bytes are on the way, and state messages may be
///     replaced by newer ones. A session that breaks never resumes.
///   - A request is answered exactly once: by its response, or by an error `peer_gone` (actor,
///     process or link lost), `not_found` (no such actor, node without endpoint), `overloaded`
///     (window full; nothing was done), `too_large`, or `timeout` at its deadline if it has one.
///     Responses after that are dropped.
///   - Each `monitor` yields one `down`, unless taken back before.
///   - What arrived in a session that has ended since says so: `delivery.hold->alive()` is false.
///     Whoever dispatches deliveries asks and drops those; of a dropped response it makes an error
///     `peer_gone`, since the bus has no other answer for that request.
///   - actor_refs inside a message are bound to the session it came by; sending to one of an ended
///     session fails as `peer_gone`.
/// Checked: test/unit/bus, test/integration/bus
class bus {
public:
  /// The transport is started; `options.self` names this process. `table` is that of
  /// messages/registry.
  [[nodiscard]] static std::unique_ptr<bus> start(bus_options options, type_table table,
                                                  std::unique_ptr<transport> over);
  bus(const bus&) = delete;
  bus& operator=(const bus&) = delete;
  ~bus(); ///< As `stop`.

  /// Gives `who` its number. A non-empty name is told to peers in their handshake: attach named
  /// actors before connecting. An attached actor is detached when it ends.
  actor_ref attach(const caf::actor& who, const std::string& name = {},
                   runs where = runs::scheduled);

  /// From here on the actor is gone for everyone, though it may live on.
  void detach(const actor_ref& who);

  /// Never blocks and never fails to the caller: a request that cannot be carried is answered by
  /// an error, a tell is dropped. `from` is an attached actor of this process.
  void send(const actor_ref& from, outgoing what);

  /// Tells `watcher` (attached here) once when `who` ends; at once if it already has.
  void monitor(const actor_ref& watcher, const actor_ref& who);
  void demonitor(const actor_ref& watcher, const actor_ref& who);

  /// Posts `peer_up` for every session that stands now or later, and `peer_down` when it ends.
  void subscribe(const caf::actor& who);

  /// Lets peers know when the actors of `system`, whose scheduler runs this process's actors, do
  /// not run: a pulse goes through its scheduler with every heartbeat. Once.
  void watch_pool(caf::actor_system& system);

  /// Opens a session to whoever listens there ("tcp://10.0.0.7:7700"); `peer_up` says who it is.
  /// Tries until one is up; does nothing if a session to that endpoint stands or is being made.
  void connect(const std::string& endpoint);

  /// Stops trying. A session that stands is left alone.
  void stop_connecting(const std::string& endpoint);

  /// Where to reach a node when something is first sent to it.
  void learn(const node_ref& node, std::vector<std::string> endpoints);
  /// It belongs no more. A session to it stands on; none is begun from here.
  void unlearn(const node_ref& node);

  /// The actor that node attached under this name, if a session to it stands.
  [[nodiscard]] actor_ref find(const node_ref& node, const std::string& name) const;

  [[nodiscard]] const node_ref& self() const;
  [[nodiscard]] std::vector<std::string> endpoints() const;

  /// Counters for metrics and for the simulation's quiescence check.
  struct counters {
    std::uint64_t sessions = 0;
    std::uint64_t waiting_messages = 0;
    std::uint64_t open_requests = 0;
    std::uint64_t unreturned_bytes = 0; ///< Received and not yet destroyed.
    std::uint64_t frames_in = 0;        ///< Since the start, of sessions that ended too.
    std::uint64_t frames_out = 0;
    std::uint64_t messages_in = 0; ///< Of other processes; those within this one are not counted.
    std::uint64_t messages_out = 0;
    std::uint64_t dropped = 0; ///< Tells to nobody, undecodable state, late responses, refusals.
    refusal_counts refused;    ///< By the guard, where links are authenticated.
  };
  [[nodiscard]] counters count() const;

  /// The sessions that stand, for operators.
  struct session_count {
    node_ref peer;
    std::string name;
    std::uint64_t frames_in = 0;
    std::uint64_t frames_out = 0;
    std::uint64_t waiting_messages = 0;
    std::uint64_t unreturned_bytes = 0;
    std::uint64_t bytes_in = 0;
    std::uint64_t bytes_out = 0;
  };
  [[nodiscard]] std::vector<session_count> sessions() const;

  [[nodiscard]] const type_table& types() const;

  /// Whether the session of that number (of actor_ref.session) stands.
  [[nodiscard]] bool stands(std::uint64_t session) const;

  /// Ends the sessions whose certificate has expired or was revoked; to be called now and then.
  void recheck();

  /// Says bye to every peer and forgets all actors; nothing is posted afterwards. Idempotent. Not
  /// by an actor that is attached here: it may run in the thread that ends.
  void stop();

  /// Ends as a killed process does: no bye, links cut. For tests and the simulation.
  void crash();

private:
  struct state;
  explicit bus(std::shared_ptr<state> s);
  std::shared_ptr<state> state_;
};

} // namespace troupe
