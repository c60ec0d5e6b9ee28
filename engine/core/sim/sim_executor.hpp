// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/executor.hpp"
#include "engine/core/sampler.hpp"
#include "engine/core/sim/sim_hardware.hpp"
#include "engine/core/sim/sim_tokens.hpp"
#include "messages/vocab/block_naming.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace troupe::engine {

struct sim_options {
  sim_hardware hardware{.fixed_s = 100e-6};
  sim_vocabulary vocabulary{1024, {}};
  content_id content;
  std::uint32_t context_tokens_max = 131'072;
  std::uint32_t embedding_size = 16; ///< 0: no hidden states.
  kv_groups groups;
  /// Of payload; also tells layouts apart. A positive multiple of 8 * groups.pages().
  std::size_t block_bytes = 4096;

  /// Every page that a row reads is looked at; otherwise only those of the last block. Reading all
  /// costs O(context / 16) per row.
  bool check_every_read = true;

  /// Told of a breach of the tags; without it the process ends.
  std::function<void(const std::string& what)> on_breach;
};

/// An execution that computes no model. Each slot is tagged with what it holds and who may write
/// it, and every read and write is checked (property 2): reading contents that are not the ones the
/// row's tokens need, writing a free, shared or foreign slot, freeing a slot with a pending write.
/// Tokens are sim_sampled_token of the history that the slots hold (property 1): a row that read
/// something else makes another token. Payloads are derived from block names.
/// Thread: engine thread only.
/// Checked: test/unit/engine/sim_executor_test.cpp
class sim_executor final : public executor {
public:
  explicit sim_executor(sim_options options);

  [[nodiscard]] const executor_traits& traits() const override { return traits_; }
  void allocate_pool(std::uint32_t slots) override;
  void execute(const step_plan& plan, step_output& out) override;
  void read_page(slot_id slot, std::span<std::byte> data) override;
  void write_page(slot_id slot, std::span<const std::byte> data) override;
  void tag_slot(slot_id slot, block_name name, std::uint64_t writer) override;

  /// What execute will say it cost.
  [[nodiscard]] duration cost(const step_plan& plan) const {
    return options_.hardware.step_cost(plan);
  }
  [[nodiscard]] std::uint64_t breaches() const { return breaches_; }

private:
  struct slot_content {
    std::uint64_t writer = 0;
    block_name name;           ///< Of a complete block, or of the import that is awaited.
    std::uint64_t history = 0; ///< Hash of all tokens up to the last one in the block.
    std::uint32_t filled = 0;  ///< Positions written.
    bool awaits_import = false;
    bool knows_history = false; ///< Not of an imported block.
  };

  void answer(const step_row& row, std::uint64_t history, step_output& out);
  [[nodiscard]] std::uint64_t read_history(const step_row& row);
  void write_token(const step_row& row, std::uint32_t position, std::uint64_t history);
  void write_position(const step_row& row, slot_id slot, std::uint32_t position,
                      std::uint64_t history, block_name name);
  /// Of a page that the row reads.
  void check_page(const step_row& row, std::uint32_t block, std::uint32_t page,
                  std::uint64_t& history);
  [[nodiscard]] slot_id slot_of(const step_row& row, std::uint32_t block,
                                std::uint32_t page = 0) const {
    return row.blocks[std::size_t{block} * traits_.groups.pages() + page];
  }
  void breach(const char* what, slot_id slot, std::uint64_t sequence);

  sim_options options_;
  executor_traits traits_;
  std::vector<slot_content> slots_;
  sampler sampler_;
  std::vector<float> logits_;
  std::uint64_t breaches_ = 0;
};

/// The payload of the page of that name. Requires: data.size() a multiple of 8.
void fill_sim_payload(block_name name, std::span<std::byte> data);

} // namespace troupe::engine
