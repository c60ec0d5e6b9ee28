// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/export_queue.hpp"
#include "engine/core/mutants.hpp"
#include "engine/core/scheduler.hpp"
#include "engine/core/sequence.hpp"
#include "engine/engine_host.hpp"

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace troupe::engine {

/// Copy the pages of `data` into `slots` (write_pages), then say that `work` is done.
struct import_work {
  std::uint64_t work = 0;
  std::vector<slot_id> slots;
  blob data;
};

/// All decisions of an engine_host, without thread, clock or execution: commands come in, work goes
/// out, finished work comes back, events are collected. One step at a time; imports and exports may
/// run beside it, and all may finish in any order. A host repeats: accept what is queued, hand out
/// next_import, next_export, next_step until none is left, finish what is done, take_events.
///
/// Of the executor it uses only traits and tag_slot.
/// Thread: engine thread only.
/// Bounds: sequences_max sequences; imports by their blocks; exports by staging and exports_max.
/// Invariants: I-4, I-6 (an import is used only under a name the sequence's own namer computed,
///             with this layout and a right checksum), I-15.
/// Checked: test/unit/engine/engine_loop_test.cpp, soak_test.cpp
class engine_loop {
public:
  /// `options` with pool_blocks chosen. Calls exec.allocate_pool.
  engine_loop(const host_options& options, executor& exec, engine_mutants mutants = {});

  void accept(command what);

  [[nodiscard]] std::optional<import_work> next_import();
  [[nodiscard]] std::optional<export_work> next_export();
  /// The plan of the next step; null while one runs or when there is nothing to compute. Its spans
  /// stay valid until finish_step.
  [[nodiscard]] const step_plan* next_step();

  void finish_import(std::uint64_t work);
  void finish_export(std::uint64_t work);
  /// `took`: how long the step took, for the statistics.
  void finish_step(const step_output& out, duration took);

  /// What happened since the last call; none if nothing did and no step ended.
  [[nodiscard]] std::optional<step_events> take_events();
  /// Includes what the next take_events tells of the log: tell those events first.
  [[nodiscard]] engine_host::snapshot snapshot();

  /// No command, sequence, work or limbo is left.
  [[nodiscard]] bool is_idle() const;
  [[nodiscard]] engine_stats stats() const;
  [[nodiscard]] staging_arena& arena() { return exports_.arena(); }
  [[nodiscard]] const block_pool& pool() const { return pool_; }
  void check_invariants() const;

private:
  struct running_import {
    sequence_id id;
    std::uint32_t holding = 0;
    std::uint32_t index = 0;
    std::vector<slot_id> slots;
  };

  void handle(reserve&& what);
  void handle(import_block&& what);
  void handle(const start& what);
  void handle(const cancel& what);
  void handle(const give_credit& what);
  void handle(export_blocks&& what);

  [[nodiscard]] std::optional<error> refusal(const sequence_spec& spec) const;
  [[nodiscard]] sequence* find(sequence_id id);
  void settle_reservations();
  void refuse(const sequence& seq);
  [[nodiscard]] bool accepts_import(const sequence& seq, const import_block& what) const;
  void start_sequence(sequence& seq);
  void finish_row(const scheduler::row& row, const step_row& planned, token_id token,
                  const token_logprobs* logprobs, std::span<const token_logprobs> scores);
  void finish_token(sequence& seq, token_id token, const token_logprobs* logprobs);
  void finish_embedding(sequence& seq);
  void end_if_exported(sequence& seq);
  void end(sequence& seq, end_kind kind, error why = {});
  /// Gives up all it holds; kept until the end of a step that names it.
  void forget(sequence& seq);
  void note_rates(duration took);
  void flush_log();

  host_options options_;
  executor& exec_;
  engine_mutants mutants_;
  std::vector<event> events_;
  block_pool pool_;
  scheduler scheduler_;
  export_queue exports_;

  std::map<sequence_id, std::unique_ptr<sequence>> sequences_;
  std::deque<sequence_id> unreserved_; ///< Waiting for the step edge; already in sequences_.
  std::vector<std::unique_ptr<sequence>> ended_; ///< While the step that runs names them.
  std::uint64_t arrivals_ = 0;

  std::deque<import_work> imports_;
  std::map<std::uint64_t, running_import> running_imports_; ///< Queued ones included.
  std::uint64_t works_ = 0;

  step_plan plan_;
  std::vector<scheduler::row> rows_;
  bool step_ended_ = false;
  engine_stats rates_; ///< Only what is measured per step.
};

} // namespace troupe::engine
