// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/mutants.hpp"
#include "engine/core/sequence.hpp"

#include <cstdint>
#include <span>
#include <vector>

namespace troupe::engine {

/// Which sequences hold blocks and which tokens the next step computes: continuous batching with
/// chunked prefill. Everything happens between steps but where said.
///
/// Blocks go to growth of running sequences, then to preempted, then to new ones, within each by
/// rank; a new reservation leaves one block for each running sequence and what preempted ones
/// need. When growth, or the next window of one that fills, finds none, the batch class, then
/// paused sequences, then the last by rank lose theirs and compute them again later; reserved
/// interactive sequences keep theirs.
/// Rows go to running sequences, then by class to preempted, filling and new ones. A sequence that
/// is alone gets steps without any other; those and the common ones take turns.
///
/// Thread: engine thread only. Cost: O(sequences log sequences) per step.
/// Checked: test/unit/engine/scheduler_test.cpp
class scheduler {
public:
  struct row {
    sequence* seq = nullptr;
    std::uint32_t tokens = 0;
    bool decode = false;
  };

  /// State changes are told to `events`.
  scheduler(const host_options& options, block_pool& pool, std::vector<event>& events,
            engine_mutants mutants);

  /// Takes the blocks of a new sequence and lists it. False: not enough blocks; between steps
  /// an interactive sequence may take them from the batch class.
  [[nodiscard]] bool reserve(sequence& seq);
  void remove(const sequence& seq);

  void start(sequence& seq);
  /// After its credit grew.
  void resume(sequence& seq);
  /// After it made a token or has nothing to compute.
  void settle(sequence& seq);

  void give_blocks();
  /// Valid until the next call.
  [[nodiscard]] std::span<const row> choose_rows(std::uint64_t step);

  /// By rank; reserved ones included.
  [[nodiscard]] std::span<sequence* const> sequences() const { return order_; }

private:
  void change_state(sequence& seq, sequence_state state);
  void preempt(sequence& seq);
  void grow(sequence& seq);
  [[nodiscard]] bool readmit(sequence& seq);
  /// Slots that growth of all running sequences takes at most.
  [[nodiscard]] std::uint64_t running_margin() const;
  [[nodiscard]] std::uint64_t margin_for(const sequence& seq) const;
  [[nodiscard]] sequence* worst_holder() const;
  [[nodiscard]] sequence* displaceable_for(const sequence& seq) const;
  [[nodiscard]] bool may_run(const sequence& seq) const;
  /// Of `only`, or of all that are not alone.
  void add_rows(std::uint64_t step, const sequence* only);
  void add_decodes(std::uint32_t& budget, std::uint64_t step, const sequence* only);
  void add_fills(std::uint32_t& budget, std::uint64_t step, const sequence* only);
  void add_alone(std::uint64_t step);

  host_options options_;
  block_pool& pool_;
  std::vector<event>& events_;
  engine_mutants mutants_;
  std::vector<sequence*> order_;
  std::vector<sequence*> candidates_;
  std::vector<row> rows_;
  bool alone_last_ = false; ///< The last step computed a sequence alone.
};

} // namespace troupe::engine
