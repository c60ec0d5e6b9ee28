// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/clock.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/timers.hpp"
#include "runtime/bus/fault_points.hpp"
#include "runtime/bus/link.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace troupe {

/// Delay of a frame: `least` plus up to `spread` more, plus its size at `bytes_per_s`.
struct link_delay {
  duration least = 100us;
  duration spread = 100us;
  std::uint64_t bytes_per_s = 0; ///< 0: size costs nothing.
};

/// The network between simulated nodes: every frame a task on the virtual queue; in order within a
/// lane, independent between lanes and links, unless faults are asked for. Same seed and same
/// calls: same order of events. Thread: the driver's only. Endpoints are "sim://<node>". Checked:
/// test/unit/bus/sim_network_test.cpp
class sim_network {
public:
  sim_network(timers& queue, const clock& time, std::uint64_t seed);
  ~sim_network();
  sim_network(const sim_network&) = delete;
  sim_network& operator=(const sim_network&) = delete;

  /// A node's way into the network; one per incarnation. Outlived by nothing it needs.
  /// `proved`: the key that its frames arrive with.
  [[nodiscard]] std::unique_ptr<transport> attach(const node_ref& self,
                                                  const sender_key& proved = {});
  [[nodiscard]] static std::string endpoint_of(node_id node);

  void set_delay(lane way, const link_delay& delay);                           ///< All links.
  void set_delay(node_id from, node_id to, lane way, const link_delay& delay); ///< One direction.

  /// Frames from one to the other vanish, and both see nothing: only silence tells. `heal` ends it.
  void cut_one_way(node_id from, node_id to);
  void cut(node_id a, node_id b);
  /// Both sides see the connection break; new ones can be made at once.
  void break_links(node_id a, node_id b);
  void heal(node_id a, node_id b);
  void heal_all();

  /// The node's process is gone: its frames on the way still arrive, its peers see broken links
  /// after `notice`. Its transport is dead.
  void crash(node_id node, duration notice = 1ms);

  /// Frames from one to the other wait until then, and come in order.
  void clog(node_id from, node_id to, time_point until);

  /// The node's process stands still until then: what comes meanwhile waits, its wakes are late.
  void pause(node_id node, time_point until);

  /// From here on these points fire (lose, duplicate, reorder, delay, dial, refuse, timer), and
  /// `told`, if any, hears of each: whose frame or wake it was, and for whom. `points` outlives the
  /// network's use; nullptr: none.
  using fault_listener = std::function<void(fault what, node_id from, node_id to)>;
  void set_faults(fault_points* points, fault_listener told = {});

  [[nodiscard]] std::uint64_t frames_on_the_way() const;

  struct net; ///< Shared with the transports.

private:
  std::shared_ptr<net> net_;
};

} // namespace troupe
