// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/worker/load_estimate.hpp"
#include "actors/worker/worker_shared.hpp"
#include "messages/transfer.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

/// Blocks that come from a peer into a reserved sequence before it starts: from a prefill worker,
/// or from a shard. At most one at a time per sequence.
///
/// A fill is over when every expected block is imported or refused, or when it is given up:
/// stopped by the source, the source down, silent or stalled. Giving up closes the transfer first
/// and waits until the engine has answered every queued import; only then may the sequence start,
/// so that nothing writes into blocks that are being computed.
///
/// The source's final word may come after that; it is kept for the accounting only.
/// Thread: inside the actor. Memory: transfers_in_max. Checked: test/unit/worker
class fills {
public:
  enum class source : std::uint8_t { prefill_worker, shard };

  struct result {
    engine::sequence_id sequence;
    source from = source::shard;
    std::uint32_t first_block = 0;
    std::uint32_t imported = 0;
    bool gave_up = false;
    bool lost = false; ///< The source died.
  };
  /// What a prefill worker says of its work.
  struct split {
    engine::sequence_id sequence;
    std::uint32_t cached_tokens = 0;
    std::uint32_t computed_tokens = 0;
  };

  explicit fills(worker_shared& shared) : shared_(shared) {}

  /// `names` are those of the missing blocks, the first of which is ask.have_blocks. False: no
  /// room.
  [[nodiscard]] bool from_prefill(engine::sequence_id sequence, const worker_ref& worker,
                                  prefill ask, std::vector<block_name> names, context& cx);
  /// Asks the shard of the prompt, if there is one and loading is predicted to be sooner.
  [[nodiscard]] bool from_shard(engine::sequence_id sequence, const identity& who, block_name head,
                                std::uint32_t first_block, std::vector<block_name> names,
                                context& cx);

  void on(const part& what, context& cx);
  void on(const prefill_progress& what, context& cx);
  void on(const transfer_done& what, const actor_ref& from, context& cx);
  void on(const transfer_stopped& what, const actor_ref& from, context& cx);
  /// False: not a request of a fill.
  bool on_response(std::uint64_t request, const delivery& answer, context& cx);
  void on_down(const actor_ref& who, context& cx);
  void imported(const engine::imported& what, context& cx);
  void tick(context& cx);
  [[nodiscard]] std::optional<time_point> next_wake() const;

  /// The sequence ends: nothing of its fill counts any more.
  void drop(engine::sequence_id sequence, context& cx);

  [[nodiscard]] std::vector<result> take_results() { return std::exchange(results_, {}); }
  [[nodiscard]] std::vector<split> take_splits() { return std::exchange(splits_, {}); }

  /// Whether blocks may still be written for it.
  [[nodiscard]] bool is_moving(engine::sequence_id sequence) const;
  [[nodiscard]] std::size_t size() const { return by_sequence_.size(); }
  void check_invariants() const;

private:
  struct moving_fill {
    engine::sequence_id sequence;
    source from = source::shard;
    actor_ref peer;
    std::uint32_t first_block = 0;
    std::uint32_t first_ordinal = 0;
    std::uint64_t request = 0;
    std::uint32_t tokens_done = 0;
    std::uint32_t taken = 0; ///< Blocks imported.
    time_point opened;
    time_point heard;
    time_point advanced;
    bool gave_up = false; ///< No part counts; queued imports are awaited.
    bool lost = false;    ///< The source died.
    bool over = false;    ///< Only the final word is awaited.
  };
  using table = std::map<transfer_id, moving_fill>;

  table::iterator add(transfer_id id, moving_fill what, context& cx);
  void settle(transfer_id id, context& cx);
  void give_up(transfer_id id, bool tell, context& cx);
  void finish(table::iterator it, bool gave_up, context& cx);
  [[nodiscard]] time_point due(const moving_fill& what) const;
  void ack(const part& what, bool taken, context& cx);

  worker_shared& shared_;
  table table_;
  std::map<engine::sequence_id, transfer_id> by_sequence_; ///< Of those that are not over.
  std::map<std::uint64_t, transfer_id> requests_;
  std::vector<result> results_;
  std::vector<split> splits_;
  load_estimate shard_load_;
};

} // namespace troupe
