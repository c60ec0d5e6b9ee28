// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/engine_host.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <set>

namespace troupe {

/// The worker's side of its engine: fresh ids, commands that must not be lost when the engine's
/// queue is full, and the sequences that were told to end and have not.
///
/// New work (`try_new`) is refused while anything waits, so what waits is bounded by the commands
/// that follow accepted work: per sequence one start, one credit, one cancel.
/// Thread: inside the actor. Checked: test/unit/worker
class engine_queue {
public:
  explicit engine_queue(engine::engine_host& host) : host_(host) {}

  engine::sequence_id fresh_sequence() { return {++last_sequence_}; }
  engine::export_id fresh_export() { return {++last_export_}; }

  /// For reserve, import_block, export_blocks. False: the queue is full, nothing was taken.
  [[nodiscard]] bool try_new(engine::command what);

  void start(engine::sequence_id id, std::uint32_t alone_until = 0) {
    must(engine::start{id, alone_until});
  }
  void give_credit(engine::sequence_id id, std::uint64_t up_to);
  /// Cancels and remembers it until `ended`.
  void end(engine::sequence_id id);
  void ended(engine::sequence_id id) { ending_.erase(id); }

  void retry();
  [[nodiscard]] bool is_waiting() const { return !waiting_.empty(); }
  [[nodiscard]] std::size_t ending() const { return ending_.size(); }

private:
  void must(engine::command what);

  engine::engine_host& host_;
  std::deque<engine::command> waiting_;
  std::set<engine::sequence_id> ending_;
  std::uint64_t last_sequence_ = 0;
  std::uint64_t last_export_ = 0;
};

} // namespace troupe
