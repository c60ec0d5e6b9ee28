// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/kv_groups.hpp"
#include "messages/vocab/ids.hpp"
#include "messages/vocab/sampling.hpp"
#include "messages/vocab/token_logprobs.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <span>
#include <vector>

namespace troupe::engine {

class logit_rules;

/// A place in the pool for one page: the keys and values of one block in some or all layers. Never
/// leaves its engine_host.
using slot_id = std::uint32_t;

/// In a block table: the page is not there (any more), and nobody needs it.
inline constexpr slot_id no_slot = ~slot_id{0};

/// In step_output: the row's logits were not numbers. Its sequence ends with `failed`.
inline constexpr token_id no_token = ~token_id{0};

/// As the writer of a slot's tag: anybody may read it, nobody may write it.
inline constexpr std::uint64_t nobody_writes = ~std::uint64_t{0};

/// What the pool and the scheduler must know of an execution.
struct executor_traits {
  std::size_t block_bytes = 0; ///< One block, all layers, K and V: its pages one after the other.
  kv_groups groups;            ///< How layers share its pages.
  layout_id layout;            ///< How those bytes lie.
  content_id content;          ///< Of what they are.
  std::uint32_t vocab_size = 0;
  std::uint32_t context_tokens_max = 0;
  std::uint32_t embedding_size = 0; ///< Of a hidden state; 0: it gives none.
  bool scores_prompts = true;       ///< Computes step_row's scores.
  bool computes_beside = false;     ///< Between `begin` and `execute`, while its host works on.

  [[nodiscard]] std::size_t page_bytes() const { return block_bytes / groups.pages(); }
  /// Of the pages that are never given back before the block is.
  [[nodiscard]] std::size_t full_bytes() const { return groups.full_pages * page_bytes(); }
};

/// One sequence's share of a step: compute `tokens` at positions first_position, ... and write
/// their K and V into the sequence's blocks.
struct step_row {
  std::uint64_t sequence = 0;       ///< The engine's own number, for diagnostics.
  request_id request;               ///< Whose it is, for the words of a dying process.
  std::span<const token_id> tokens; ///< >= 1 new tokens.
  std::uint32_t first_position = 0; ///< All before it are in the blocks already.
  /// [blocks][groups.pages()], covers first_position + tokens.size() positions. no_slot only at
  /// window pages before groups.first_block(first_position) or after the last position.
  std::span<const slot_id> blocks;
  bool wants_token = false; ///< Sample after the last of `tokens`.

  sampling how;
  std::uint32_t choice = 0;
  std::uint32_t index = 0;            ///< Of the token to sample, in the answer: keys the draw.
  const logit_rules* rules = nullptr; ///< Null: none.

  /// Of `tokens` those [score_from, score_to): how likely was the token that follows in `history`?
  /// how.prompt_top_logprobs ranked ones each.
  std::uint32_t score_from = 0;
  std::uint32_t score_to = 0;

  /// Of `tokens` those [pool_from, pool_to): the hidden state of each after the final norm is added
  /// to `pooled`, one after the other. None of them is sampled after or scored.
  std::uint32_t pool_from = 0;
  std::uint32_t pool_to = 0;
  std::span<double> pooled; ///< [embedding_size] where something is pooled.

  /// Everything before the token to be sampled: prompt, then answer.
  std::span<const token_id> history;
  std::uint64_t context_key = 0;     ///< Hash of identity and salt, for the sim's hash.
  std::span<const block_name> names; ///< Of the whole blocks of `history`, for the sim's tags.
};

/// Whether all pages that the row reads or writes have slots below `slots`.
[[nodiscard]] inline bool has_slots(const step_row& row, const kv_groups& groups,
                                    std::uint32_t slots) {
  const auto end = (row.first_position + row.tokens.size() - 1) / block_tokens + 1;
  if (end * groups.pages() > row.blocks.size()) {
    return false;
  }
  for (std::size_t at = 0; at < end * groups.pages(); ++at) {
    const bool is_gone = at % groups.pages() >= groups.full_pages
                         && at / groups.pages() < groups.first_block(row.first_position);
    if (row.blocks[at] >= slots && !is_gone) {
      return false;
    }
  }
  return true;
}

/// A page that is whole once the step is computed, or before already, and where its bytes go.
struct page_read {
  slot_id slot = 0;
  std::uint32_t page = 0;  ///< Which of its block.
  bool is_whole = false;   ///< Before the step.
  std::span<std::byte> to; ///< [traits().page_bytes()]
};

/// What one step computes. The spans stay valid until `execute` returns.
struct step_plan {
  std::uint64_t step = 0;
  std::vector<step_row> rows;
  std::vector<page_read> reads; ///< Done when `execute` returns.
};

struct step_output {
  std::vector<token_id> tokens;         ///< One per row with wants_token, in the order of the rows.
  std::vector<token_logprobs> logprobs; ///< As `tokens`, of rows that ask for them; may be shorter.
  std::vector<token_logprobs> scores;   ///< One per scored token, in the order of rows and tokens.
  duration cost{0}; ///< How long the step takes in simulated time; 0: it took its own.
};

/// The execution behind an engine_host: CPU, CUDA, or the simulation. Owns weights and the memory
/// of the pool. It never decides anything: which rows, which slots, what counts as cached is the
/// scheduler's.
///
/// Thread: engine thread only. Determinism: a row's result depends on its own tokens, positions and
/// block contents, never on the other rows, the chunking or the number of threads.
class executor {
public:
  executor() = default;
  executor(const executor&) = delete;
  executor& operator=(const executor&) = delete;
  virtual ~executor() = default;

  [[nodiscard]] virtual const executor_traits& traits() const = 0;

  /// Makes room for `slots` pages. Called once, before the first step.
  virtual void allocate_pool(std::uint32_t slots) = 0;

  /// May begin what `execute` is called for next, with the same plan. Until then pages that no row
  /// of it writes may be read, and those that none names written and tagged, too.
  virtual void begin(const step_plan&) {}
  virtual void execute(const step_plan& plan, step_output& out) = 0;

  /// Copies a page out of or into the pool. Requires: data.size() == traits().page_bytes().
  virtual void read_page(slot_id slot, std::span<std::byte> data) = 0;
  virtual void write_page(slot_id slot, std::span<const std::byte> data) = 0;

  /// Where pages are best copied to. May outlive the execution. Thread: any.
  [[nodiscard]] virtual std::shared_ptr<std::pmr::memory_resource> staging_memory() {
    return {std::shared_ptr<void>{}, std::pmr::new_delete_resource()};
  }

  /// The pool's bookkeeping says: from now on this slot holds the page `name`, written by `writer`
  /// (0: the slot is free; nobody_writes: it is shared). A real execution ignores it; the sim tags
  /// its slots and fails on any breach.
  virtual void tag_slot(slot_id, block_name, std::uint64_t /*writer*/) {}
};

} // namespace troupe::engine
