// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/core/outbox.hpp"
#include "messages/kv.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace troupe {

/// What a pool's owner tells routers of its blocks: deltas in order to subscribers, a snapshot to
/// those who ask, a digest now and then while the log moves.
///
/// A subscriber hears deltas from the moment it asks; a snapshot serves it only if it was taken no
/// earlier than that, so that snapshot and later deltas leave no gap.
///
/// Role: part of a worker's or a shard's core. Thread: inside the actor. Memory: subscribers only.
/// Checked: test/unit/transfer/pool_log_test.cpp
class pool_log {
public:
  struct options {
    worker_id pool;
    std::uint64_t epoch = 0; ///< Of this incarnation.
    kv_tier tier = kv_tier::device;
    std::uint32_t subscribers_max = 64;
    duration digest_every = 1s;
    bool eager_snapshot = false; ///< Mutant: a snapshot claims an entry that it does not hold.
  };

  explicit pool_log(options what) : options_(what) {}

  /// True: taken as subscriber. Call `wants_snapshot` afterwards.
  bool subscribe(const actor_ref& who, const kv_resync& have, outbox& out);
  void unsubscribe(const actor_ref& who) { subscribers_.erase(who); }
  [[nodiscard]] bool has(const actor_ref& who) const { return subscribers_.contains(who); }

  /// Whether somebody waits for a snapshot that has not been asked for yet; once per need.
  [[nodiscard]] bool wants_snapshot();

  /// Requires: as_of is a seq of this log; names is what the pool held then.
  void snapshot(std::uint64_t as_of, const std::vector<block_name>& names, outbox& out);

  /// Requires: seq is the one after the last (checked); at most kv_names_max names each (checked).
  void append(std::uint64_t seq, const std::vector<block_name>& stored,
              const std::vector<block_name>& removed, time_point now, outbox& out);

  void tick(time_point now, outbox& out);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  [[nodiscard]] std::uint64_t epoch() const { return options_.epoch; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] std::size_t subscribers() const { return subscribers_.size(); }
  void check_invariants() const;

private:
  struct subscription {
    std::optional<std::uint64_t> waits_since; ///< For a snapshot not older than this seq.
  };

  [[nodiscard]] kv_digest digest() const;
  void add(block_name name, std::int64_t sign);

  options options_;
  std::map<actor_ref, subscription> subscribers_;
  std::uint64_t seq_ = 0;
  std::uint64_t count_ = 0;
  hash128 names_xor_;
  bool snapshot_asked_ = false;
  std::optional<time_point> digest_due_;
};

} // namespace troupe
