// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sim/sim_executor.hpp"

#include "engine/core/logprobs.hpp"
#include "engine/core/sim/sim_embedding.hpp"
#include "engine/core/sim/sim_logits.hpp"
#include "runtime/base/bytes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

namespace troupe::engine {

void fill_sim_payload(block_name name, std::span<std::byte> data) {
  TROUPE_CHECK(data.size() % 8 == 0);
  rng words{mix64(name.value.high, name.value.low)};
  for (std::size_t at = 0; at < data.size(); at += 8) {
    const auto word = words();
    std::memcpy(data.data() + at, &word, 8);
  }
}

sim_executor::sim_executor(sim_options options) : options_(std::move(options)) {
  const auto& groups = options_.groups;
  TROUPE_CHECK(options_.block_bytes > 0
               && options_.block_bytes % (std::size_t{8} * groups.pages()) == 0);
  traits_.block_bytes = options_.block_bytes;
  traits_.groups = groups;
  traits_.layout = {mix64(0x73696dULL, options_.block_bytes)};
  if (groups.has_windows()) {
    traits_.layout = {mix64(traits_.layout.value, mix64(groups.full_pages, groups.window_tokens))};
  }
  traits_.content = options_.content;
  traits_.vocab_size = options_.vocabulary.size;
  traits_.context_tokens_max = options_.context_tokens_max;
  traits_.embedding_size = options_.embedding_size;
}

void sim_executor::allocate_pool(std::uint32_t slots) {
  TROUPE_CHECK(slots_.empty());
  slots_.resize(slots);
}

void sim_executor::execute(const step_plan& plan, step_output& out) {
  out.cost = cost(plan);
  for (const auto& row : plan.rows) {
    TROUPE_CHECK(row.first_position + row.tokens.size()
                 <= row.blocks.size() / traits_.groups.pages() * block_tokens);
    auto history = read_history(row);
    auto position = row.first_position;
    for (const auto token : row.tokens) {
      history = sim_history_next(history, token);
      const auto at = position - row.first_position;
      write_token(row, position++, history);
      if (at >= row.score_from && at < row.score_to) {
        fill_sim_logits(options_.vocabulary, history, logits_);
        out.scores.push_back(score_of(row, at, logits_));
      }
      if (at >= row.pool_from && at < row.pool_to) {
        add_sim_hidden(history, row.pooled);
      }
    }
    if (row.wants_token) {
      answer(row, history, out);
    }
  }
  for (const auto& each : plan.reads) {
    read_page(each.slot, each.to);
  }
}

void sim_executor::answer(const step_row& row, std::uint64_t history, step_output& out) {
  if (sim_has_logits(row.how, row.rules)) {
    fill_sim_logits(options_.vocabulary, history, logits_);
    sampler_.answer(row, logits_, out);
  } else {
    out.tokens.push_back(sim_token(options_.vocabulary, history, row.how.seed, row.choice));
  }
}

void sim_executor::check_page(const step_row& row, std::uint32_t block, std::uint32_t page,
                              std::uint64_t& history) {
  const auto id = slot_of(row, block, page);
  if (id == no_slot) {
    breach("a step reads a window page that was given back", id, row.sequence);
    history = mix64(history, block + 1);
    return;
  }
  const auto& slot = slots_[id];
  const auto whole = row.first_position / block_tokens;
  if (block == whole) {
    if (slot.writer != row.sequence || slot.filled != row.first_position % block_tokens) {
      breach("a step reads a partial block that is not its sequence's", id, row.sequence);
      history = mix64(history, slot.filled);
    }
    return;
  }
  const auto readable = slot.writer == nobody_writes || slot.writer == row.sequence;
  if (!readable || slot.awaits_import || slot.filled != block_tokens
      || slot.name != page_name(row.names[block], page)) {
    breach("a step reads another block than its sequence's", id, row.sequence);
    history = mix64(history, block + 1);
  }
}

std::uint64_t sim_executor::read_history(const step_row& row) {
  if (row.first_position == 0) {
    return sim_history(row.context_key);
  }
  const auto last = (row.first_position - 1) / block_tokens;
  const auto& slot = slots_[slot_of(row, last)];
  auto history = slot.knows_history
                     ? slot.history
                     : sim_history_of(row.context_key, row.history.first(row.first_position));
  const auto& groups = traits_.groups;
  for (std::uint32_t block = options_.check_every_read || last == 0 ? 0 : last - 1; block <= last;
       ++block) {
    const auto pages =
        block < groups.first_block(row.first_position) ? groups.full_pages : groups.pages();
    for (std::uint32_t page = 0; page < pages; ++page) {
      check_page(row, block, page, history);
    }
  }
  return history;
}

void sim_executor::write_token(const step_row& row, std::uint32_t position, std::uint64_t history) {
  const auto block = position / block_tokens;
  const bool is_last = position % block_tokens + 1 == block_tokens;
  for (std::uint32_t page = 0; page < traits_.groups.pages(); ++page) {
    write_position(row, slot_of(row, block, page), position, history,
                   is_last ? page_name(row.names[block], page) : block_name{});
  }
}

void sim_executor::write_position(const step_row& row, slot_id id, std::uint32_t position,
                                  std::uint64_t history, block_name name) {
  if (id == no_slot) {
    breach("a step writes a page that has no slot", id, row.sequence);
    return;
  }
  auto& slot = slots_[id];
  if (slot.writer != row.sequence || slot.awaits_import) {
    breach("a step writes a slot that is free, shared, foreign or awaits an import", id,
           row.sequence);
    return;
  }
  if (slot.filled != position % block_tokens) {
    breach("a step writes a position out of order", id, row.sequence);
  }
  slot.filled = position % block_tokens + 1;
  slot.history = history;
  slot.knows_history = true;
  if (slot.filled == block_tokens) {
    slot.name = name;
  }
}

void sim_executor::read_page(slot_id id, std::span<std::byte> data) {
  const auto& slot = slots_[id];
  if (slot.writer == 0 || slot.awaits_import || slot.filled != block_tokens) {
    breach("an export reads an incomplete block", id, slot.writer);
  }
  fill_sim_payload(slot.name, data);
}

void sim_executor::write_page(slot_id id, std::span<const std::byte> data) {
  auto& slot = slots_[id];
  if (!slot.awaits_import) {
    breach("an import writes a slot that does not await it", id, slot.writer);
    return;
  }
  bytes expected(data.size());
  fill_sim_payload(slot.name, expected);
  if (!std::ranges::equal(expected, data)) {
    breach("an import's bytes are not those of its name", id, slot.writer);
  }
  slot.awaits_import = false;
  slot.filled = block_tokens;
  slot.knows_history = false;
}

void sim_executor::tag_slot(slot_id id, block_name name, std::uint64_t writer) {
  auto& slot = slots_[id];
  if (writer == 0) {
    if (slot.awaits_import) {
      breach("a slot is freed while an import of it is pending", id, slot.writer);
    }
    slot = {};
  } else if (writer == nobody_writes) {
    if (slot.filled != block_tokens || slot.name != name) {
      breach("an incomplete block, or one of another name, is shared", id, slot.writer);
    }
    slot.writer = writer;
  } else if (name == block_name{}) {
    if (slot.writer != 0) {
      breach("a slot in use is given to a sequence", id, writer);
    }
    slot = {};
    slot.writer = writer;
  } else {
    if (slot.writer != writer || slot.filled != 0) {
      breach("an import is begun into a foreign slot or one in use", id, writer);
    }
    slot.name = name;
    slot.awaits_import = true;
  }
}

void sim_executor::breach(const char* what, slot_id slot, std::uint64_t sequence) {
  ++breaches_;
  const auto text = std::string{what} + " (slot " + std::to_string(slot) + ", sequence "
                    + std::to_string(sequence) + ")";
  if (!options_.on_breach) {
    check_failed(text.c_str(), __FILE__, __LINE__);
  }
  options_.on_breach(text);
}

} // namespace troupe::engine
