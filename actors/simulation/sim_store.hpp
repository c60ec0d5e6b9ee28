// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/assembly/polled_store.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/base/virtual_time.hpp"
#include "runtime/bus/fault_points.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

namespace troupe {

/// The server that all simulated processes keep their records in: Redis, as far as a directory
/// knows it. A record ends one lease after it was written last.
/// Thread: the driver's. Checked: test/sim/cluster_test.cpp
class sim_record_server {
public:
  explicit sim_record_server(const clock& time) : time_(time) {}

  void write(const join& what);
  void erase(const node_ref& who);
  [[nodiscard]] std::vector<join> all();

private:
  static constexpr duration lease = 3s;

  struct record {
    join what;
    time_point until;
  };
  const clock& time_;
  std::map<node_id, record> records_;
};

/// One process's side of it, which works in rounds as redis::record_board does: it writes its own
/// records and reads everybody's, twice a second. The server answers an error to what the fault
/// points `store_put` and `store_get` say: a record is then not written, or not read.
/// Thread: the driver's; its rounds end with it. Checked: test/sim/cluster_test.cpp
class sim_store final : public polled_store, public std::enable_shared_from_this<sim_store> {
public:
  /// All must outlive it.
  sim_store(sim_record_server& server, fault_points& faults, virtual_time& time, std::uint64_t seed)
      : server_(server), faults_(faults), time_(time), draws_(seed) {}

  void begin(); ///< Its rounds.

  void listen(sink to) override { sink_ = std::move(to); }
  void post(const join& what) override { own_[what.me.node.node] = what; }
  void withdraw(const node_ref& who) override;

  /// As a killed process: its record stays until the lease ends.
  void crash();

private:
  void round();

  sim_record_server& server_;
  fault_points& faults_;
  virtual_time& time_;
  rng draws_;
  bool is_crashed_ = false;
  sink sink_;
  std::map<node_id, join> own_;
};

} // namespace troupe
