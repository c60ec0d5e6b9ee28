// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/block_pool.hpp"
#include "engine/core/export_queue.hpp"
#include "engine/core/host_tier.hpp"
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

/// Copy a block's pages out of `slots` into the host tier, then say that it is done.
struct save_work {
  block_name name;
  std::vector<slot_id> slots;
  std::span<std::byte> bytes;
};

/// All decisions of an engine_host, without thread, clock or execution: commands come in, work goes
/// out, finished work comes back, events are collected. One step at a time; imports and exports may
/// run beside it, and all may finish in any order. Blocks to export that a step makes whole are
/// copied by that step. A host repeats: accept what is queued, hand out next_import, next_export,
/// next_step until none is left, and where there is no step next_save, finish what is done,
/// seal_exports, take_events.
///
/// With a host tier every block that enters the index is copied there, by the next step if there is
/// one; whoever takes blocks has those that only the tier has imported from there.
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
  /// None while a step runs.
  [[nodiscard]] std::optional<save_work> next_save();
  /// Whether next_import has one: next_step may have made it.
  [[nodiscard]] bool has_import() const { return !imports_.empty(); }

  void finish_import(std::uint64_t work);
  void finish_export(std::uint64_t work);
  void finish_save(const save_work& work);
  /// `took`: how long the step took, for the statistics.
  void finish_step(const step_output& out, duration took);
  /// Tells of the blocks that steps copied. Apart from finish_step: their checksums take as long as
  /// reading them does, which a device need not wait for.
  void seal_exports();

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
    bool is_told = true;
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
  void begin_import(sequence& seq, std::uint32_t index, blob data, bool is_told);
  /// From the host tier, what comes next of those blocks that may come from elsewhere.
  void load(sequence& seq);
  /// Copies of the step that is planned.
  void add_saves();
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
  host_tier tier_;
  export_queue exports_;

  std::map<sequence_id, std::unique_ptr<sequence>> sequences_;
  std::deque<sequence_id> unreserved_; ///< Waiting for the step edge; already in sequences_.
  std::vector<std::unique_ptr<sequence>> ended_; ///< While the step that runs names them.
  std::uint64_t arrivals_ = 0;

  std::deque<import_work> imports_;
  std::map<std::uint64_t, running_import> running_imports_; ///< Queued ones included.
  std::uint64_t works_ = 0;

  step_plan plan_;
  std::vector<std::uint64_t> step_exports_; ///< Works of blocks that it copies.
  std::vector<std::uint64_t> unsealed_;     ///< Of steps that are done.
  std::vector<save_work> step_saves_;
  std::uint32_t saves_running_ = 0;
  std::deque<block_name> unsaved_; ///< In the index, perhaps; at most as many as the pool has.
  std::vector<scheduler::row> rows_;
  bool step_ended_ = false;
  engine_stats rates_; ///< Only what is measured per step.
};

} // namespace troupe::engine
