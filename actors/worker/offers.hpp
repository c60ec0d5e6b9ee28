// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/exports.hpp"
#include "actors/worker/worker_shared.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace troupe {

/// Finished prompt blocks are offered to the shard of their prompt, write-through: what the pool
/// has just stored, grouped by prompt, a few offers at a time and after everything else.
/// Thread: inside the actor. Memory: offer_names_max names each, watched and waiting; beyond it the
/// oldest are not offered. Checked: test/unit/worker
class offers {
public:
  offers(worker_shared& shared, exports& pushed) : shared_(shared), exports_(pushed) {}

  /// The sequence is going to compute these blocks of the prompt that starts with `head`.
  void watch(engine::sequence_id sequence, const identity& who, block_name head,
             std::vector<block_name> names);
  void unwatch(engine::sequence_id sequence);

  void stored(const std::vector<block_name>& names);
  void pump(context& cx);

  /// The shard wants these.
  void on(const transfer_open& what, context& cx);
  /// False: not a request of an offer.
  bool on_response(std::uint64_t request, const delivery& answer, context& cx);
  /// Forgets pushes that are not among `open` any more, however they ended.
  void ended(const sending& open);
  void clear_waiting() {
    waiting_.clear();
    waiting_names_ = 0;
  }

  [[nodiscard]] std::size_t size() const { return asked_.size() + pushing_.size(); }
  void check_invariants() const;

private:
  struct watched {
    identity who;
    block_name head;
    std::vector<block_name> names;
  };
  struct name_batch {
    identity who;
    block_name head;
    std::vector<block_name> names;
  };
  struct asked {
    actor_ref shard;
    std::uint64_t request = 0;
    std::vector<block_name> names;
  };

  void take(const transfer_open& what, actor_ref from, context& cx);

  worker_shared& shared_;
  exports& exports_;
  std::map<engine::sequence_id, watched> watched_;
  std::map<block_name, engine::sequence_id> owner_;
  std::deque<name_batch> waiting_;
  std::size_t waiting_names_ = 0;
  std::map<std::uint64_t, asked> asked_; ///< By offer number.
  std::set<transfer_id> pushing_;
  std::uint64_t last_offer_ = 0;
};

} // namespace troupe
