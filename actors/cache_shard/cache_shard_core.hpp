// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/cache_shard/block_store.hpp"
#include "actors/core/audit.hpp"
#include "actors/core/core.hpp"
#include "actors/core/watch_counts.hpp"
#include "actors/transfer/pool_log.hpp"
#include "actors/transfer/receiving.hpp"
#include "actors/transfer/sending.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace troupe {

struct cache_shard_config {
  actor_ref me;
  std::uint32_t engine = 0; ///< Tells its pool from those of engines of the same process.
  std::string node_name;    ///< For status.
  std::size_t capacity_bytes = std::size_t{1} << 30U;
  std::uint32_t transfers_in_max = 64;
  std::uint32_t transfers_out_max = 256;
  std::uint32_t window_parts = 8;
  duration part_wait = 10s; ///< An offer of which nothing comes is dropped.
  duration ack_wait = 10s;
  std::uint32_t subscribers_max = 64;
  duration digest_every = 1s;
  audit_sink log;                               ///< Of what operators do; may be empty.
  std::function<bool(store_act)> store_fails{}; ///< As block_store's.
  bool put_unchecked = false; ///< Breaks a rule: takes what could not be stored for stored.
};

/// Of one shard, for metrics.
struct cache_shard_stats {
  std::size_t blocks = 0;
  std::size_t used_bytes = 0;
  std::size_t capacity_bytes = 0;
  std::uint64_t hits = 0; ///< Blocks asked for and given, since the start.
  std::uint64_t misses = 0;
  transfer_counts in;
  transfer_counts out;
};

/// Keeps blocks that workers offer, in host memory, and gives them back. Announces them to routers
/// as a pool of tier host, {its node, `engine`}. To lose it is to miss, never an error. A disk tier
/// does not exist yet.
///
/// Thread: inside the actor. Cost: hashes each block that comes or goes.
/// Checked: test/unit/cache_shard/*_test.cpp
class cache_shard_core {
public:
  using handles = message_list<kv_put, kv_get, part, part_ack, transfer_done, transfer_stopped,
                               kv_resync, status_query, heat_query, cache_care>;

  explicit cache_shard_core(cache_shard_config config);
  cache_shard_core(const cache_shard_core&) = delete;
  cache_shard_core& operator=(const cache_shard_core&) = delete;

  void on(const kv_put& what, context& cx);
  void on(const kv_get& what, context& cx);
  void on(const part& what, context& cx);
  void on(const part_ack& what, context& cx);
  void on(const transfer_done& what, context& cx);
  void on(const transfer_stopped& what, context& cx);
  void on(const kv_resync& what, context& cx);
  void on(const status_query& what, context& cx);
  void on(const heat_query& what, context& cx);
  void on(const cache_care& what, context& cx);

  void on_response(std::uint64_t, const delivery&, context&) {}
  void on_down(const actor_ref& who, const error& why, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;
  void check_invariants() const;

  [[nodiscard]] bool is_quiet() const { return incoming_.size() + outgoing_.size() == 0; }
  [[nodiscard]] const block_store& store() const { return store_; }
  [[nodiscard]] const pool_log& log() const { return log_; }
  [[nodiscard]] cache_shard_stats stats() const {
    return {store_.size(), store_.used_bytes(), store_.capacity_bytes(), hits_,
            misses_,       incoming_.counts(),  outgoing_.counts()};
  }

private:
  struct offer {
    actor_ref from;
    std::uint32_t block_bytes = 0;
    time_point heard;
  };
  struct answer_job {
    std::vector<block_name> names;
    layout_id layout;
    std::uint32_t next = 0;
  };

  [[nodiscard]] std::vector<block_name> wanted_of(const kv_put& what) const;
  void close(transfer_id id, context& cx);
  void pump(context& cx);
  void announce(std::vector<block_name> stored, std::vector<block_name> removed, context& cx);

  cache_shard_config config_;
  watch_counts watches_;
  receiving incoming_;
  sending outgoing_;
  pool_log log_;
  block_store store_;
  std::map<transfer_id, offer> offers_;
  std::map<transfer_id, answer_job> answers_;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
};

} // namespace troupe
