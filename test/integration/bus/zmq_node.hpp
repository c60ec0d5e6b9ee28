// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/bus/bus.hpp"
#include "runtime/bus/faulty_transport.hpp"
#include "runtime/bus/link_zmq.hpp"
#include "test/unit/bus/bus_fixture.hpp"
#include "test/unit/bus/key_fixture.hpp"

#include <caf/event_based_actor.hpp>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

/// A bus over ZeroMQ with one actor, for tests that wait for what it hears.
namespace troupe::test {

/// What an actor heard, seen from the test's thread.
class inbox {
public:
  void put(std::function<void(heard&)> change) {
    const std::lock_guard lock(mutex_);
    change(all_);
    changed_.notify_all();
  }
  /// False: not within ten seconds.
  bool wait(const std::function<bool(const heard&)>& until) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return until(all_); });
  }
  heard copy() {
    const std::lock_guard lock(mutex_);
    return all_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  heard all_;
};

struct zmq_node {
  explicit zmq_node(std::uint64_t id, bus_options how = {});
  /// With keys: `mine` is issued to node_name(id).
  zmq_node(std::uint64_t id, key_ring& ring, const keys::node_keys& mine,
           const admission::limits& admits = {});
  ~zmq_node();

  actor_ref spawn(const std::string& name = {}, runs where = runs::scheduled);
  [[nodiscard]] std::string endpoint() const { return links->endpoints().front(); }

  caf::actor_system_config config;
  caf::actor_system system;
  std::shared_ptr<bus_security> security; ///< Of a node with keys.
  std::shared_ptr<admission> gate;
  std::unique_ptr<bus> links;
  faulty_transport* over = nullptr; ///< Of `links`; of a node without keys.
  std::shared_ptr<inbox> ears = std::make_shared<inbox>();
  std::function<void(const delivery&)> on_message; ///< Set before spawn; runs in the actor.
  caf::actor last;
};

} // namespace troupe::test
