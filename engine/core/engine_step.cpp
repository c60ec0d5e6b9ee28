// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/engine_loop.hpp"
#include "engine/core/sequence_blocks.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <cmath>

namespace troupe::engine {

namespace {

step_row make_row(const scheduler::row& chosen) {
  auto& seq = *chosen.seq;
  const auto tokens = std::span{seq.tokens}.subspan(seq.computed, chosen.tokens);
  const auto score_end = std::min(seq.computed + chosen.tokens, seq.scores_wanted());
  const bool is_last = seq.computed + chosen.tokens == seq.size();
  const auto pool_to =
      seq.spec.pooling == pooling_kind::mean || (seq.is_embedding() && is_last) ? chosen.tokens : 0;
  const auto score_from = std::min(std::max(seq.scored, seq.computed), score_end);
  return {.sequence = seq.number,
          .request = seq.spec.request,
          .tokens = tokens,
          .first_position = seq.computed,
          .blocks = seq.blocks,
          .wants_token = is_last && seq.samples(),
          .how = seq.spec.how,
          .choice = seq.spec.choice,
          .index = seq.answer_count(),
          .rules = seq.rules ? &*seq.rules : nullptr,
          .score_from = score_from < score_end ? score_from - seq.computed : 0,
          .score_to = score_from < score_end ? score_end - seq.computed : 0,
          .pool_from = seq.spec.pooling == pooling_kind::last && is_last ? chosen.tokens - 1 : 0,
          .pool_to = pool_to,
          .pooled = seq.pooled,
          .history = seq.tokens,
          .context_key = seq.context_key,
          .names = seq.names};
}

float smoothed(float old, double now) {
  constexpr double weight = 0.2;
  return static_cast<float>(old == 0 ? now : old + weight * (now - old));
}

} // namespace

const step_plan* engine_loop::next_step() {
  if (pool_.in_step()) {
    return nullptr;
  }
  scheduler_.give_blocks();
  for (auto* seq : scheduler_.sequences()) {
    load(*seq); // Those that have blocks again.
  }
  settle_reservations();
  const auto chosen = scheduler_.choose_rows(plan_.step + 1);
  if (chosen.empty()) {
    return nullptr;
  }
  rows_.assign(chosen.begin(), chosen.end());
  ++plan_.step;
  plan_.rows.clear();
  plan_.reads.clear();
  for (const auto& row : rows_) {
    if (row.seq->is_embedding() && row.seq->computed == 0) { // Anew after a preemption, too.
      row.seq->pooled.assign(exec_.traits().embedding_size, 0);
    }
    plan_.rows.push_back(make_row(row));
    exports_.begin_with_step(*row.seq, row.seq->computed + row.tokens, plan_.reads, step_exports_);
  }
  add_saves();
  pool_.begin_step();
  return &plan_;
}

void engine_loop::finish_step(const step_output& out, duration took) {
  TROUPE_CHECK(pool_.in_step());
  pool_.end_step();
  std::size_t answered = 0;
  std::span<const token_logprobs> scores{out.scores};
  for (std::size_t at = 0; at < rows_.size(); ++at) {
    const auto& planned = plan_.rows[at];
    token_id token = no_token;
    const token_logprobs* logprobs = nullptr;
    if (planned.wants_token) {
      TROUPE_CHECK(answered < out.tokens.size());
      token = out.tokens[answered];
      logprobs = planned.how.logprobs && answered < out.logprobs.size() ? &out.logprobs[answered]
                                                                        : nullptr;
      ++answered;
    }
    const auto count = planned.score_to - planned.score_from;
    TROUPE_CHECK(count <= scores.size());
    if (!rows_[at].seq->ended) {
      finish_row(rows_[at], planned, token, logprobs, scores.first(count));
    }
    scores = scores.subspan(count);
  }
  unsealed_.insert(unsealed_.end(), step_exports_.begin(), step_exports_.end());
  step_exports_.clear();
  for (const auto& save : step_saves_) {
    finish_save(save);
  }
  step_saves_.clear();
  note_rates(took);
  rows_.clear();
  plan_.rows.clear();
  plan_.reads.clear();
  ended_.clear();
  step_ended_ = true;
  settle_reservations();
}

void engine_loop::finish_row(const scheduler::row& row, const step_row& planned, token_id token,
                             const token_logprobs* logprobs,
                             std::span<const token_logprobs> scores) {
  auto& seq = *row.seq;
  const auto prompt_before = std::min(seq.computed, seq.prompt_tokens);
  seq.computed += row.tokens;
  seq.computed_tokens += std::min(seq.computed, seq.prompt_tokens) - prompt_before;
  const bool is_broken = std::ranges::any_of(
      scores, [](const token_logprobs& each) { return std::isnan(each.logprob); });
  if (is_broken || (planned.wants_token && token >= exec_.traits().vocab_size)) {
    // Before sharing: what gave no number is not kept for others.
    end(seq, end_kind::failed,
        {errc::internal, "its output is not a number; check its weights", "", false});
    return;
  }
  if (seq.is_embedding()) {
    if (seq.computed == seq.size()) {
      finish_embedding(seq);
    }
    return;
  }
  if (options_.prefix_cache) {
    share_complete(seq, pool_);
  }
  if (!scores.empty()) {
    events_.push_back(scored{seq.spec.id, seq.scored, {scores.begin(), scores.end()}});
    seq.scored += static_cast<std::uint32_t>(scores.size());
  }
  if (planned.wants_token) {
    finish_token(seq, token, logprobs);
  } else {
    scheduler_.settle(seq);
  }
}

void engine_loop::finish_embedding(sequence& seq) {
  const auto count = seq.spec.pooling == pooling_kind::mean ? seq.size() : 1U;
  embedded made{seq.spec.id, {}};
  made.values.reserve(seq.pooled.size());
  for (const auto sum : seq.pooled) {
    made.values.push_back(static_cast<float>(sum / count));
  }
  if (!std::ranges::all_of(made.values, [](float value) { return std::isfinite(value); })) {
    end(seq, end_kind::failed,
        {errc::internal, "its output is not a number; check its weights", "", false});
    return;
  }
  events_.push_back(std::move(made));
  end(seq, end_kind::length);
}

void engine_loop::finish_token(sequence& seq, token_id token, const token_logprobs* logprobs) {
  const auto index = seq.answer_count();
  seq.sampled = true;
  if (std::ranges::find(seq.spec.stop_tokens, token) != seq.spec.stop_tokens.end()) {
    end(seq, end_kind::stop);
    return;
  }
  seq.tokens.push_back(token);
  if (seq.rules) {
    seq.rules->add_answer(token);
  }
  if (seq.tokens.size() % block_tokens == 0) {
    const auto parent = seq.names.empty() ? seq.spec.namer.root() : seq.names.back();
    seq.names.push_back(seq.spec.namer.next(parent, std::span{seq.tokens}.last(block_tokens)));
  }
  auto& made = std::get<produced>(
      events_.emplace_back(produced{seq.spec.id, index, {token}, std::nullopt, {}, 0, 0}));
  if (logprobs != nullptr) {
    made.logprobs.push_back(*logprobs);
  }
  if (seq.answer_count() >= seq.spec.max_tokens) {
    made.end = end_kind::length;
    made.cached_tokens = seq.cached_tokens;
    made.computed_tokens = seq.computed_tokens;
    forget(seq);
    return;
  }
  scheduler_.settle(seq);
}

void engine_loop::note_rates(duration took) {
  std::uint32_t filled = 0;
  std::uint32_t decoded = 0;
  for (const auto& row : rows_) {
    (row.decode ? decoded : filled) += row.tokens;
  }
  const auto seconds = to_seconds(took);
  rates_.step_ms = static_cast<float>(seconds * 1e3);
  rates_.step_seconds += seconds;
  rates_.prefill_tokens += filled;
  rates_.decode_tokens += decoded;
  if (seconds > 0 && filled > 0) {
    rates_.prefill_tokens_per_s = smoothed(rates_.prefill_tokens_per_s, filled / seconds);
  }
  if (seconds > 0 && decoded > 0) {
    rates_.decode_tokens_per_s = smoothed(rates_.decode_tokens_per_s, decoded / seconds);
  }
}

engine_stats engine_loop::stats() const {
  auto stats = rates_;
  stats.step = plan_.step;
  const auto pages = pool_.groups().pages();
  const auto blocks = [&](slot_state state) {
    return (pool_.count(state) + pages - 1) / pages;
  };
  stats.free_blocks = pool_.available() / pages;
  stats.total_blocks = pool_.slots() / pages;
  stats.owned_blocks = blocks(slot_state::owned);
  stats.shared_blocks = blocks(slot_state::shared);
  stats.limbo_blocks = blocks(slot_state::limbo);
  stats.reserved = static_cast<std::uint32_t>(unreserved_.size());
  stats.host_blocks = static_cast<std::uint32_t>(tier_.blocks());
  for (const auto* seq : scheduler_.sequences()) {
    if (!seq->is_started()) {
      ++stats.reserved;
    } else if (seq->state == sequence_state::running || seq->state == sequence_state::paused) {
      ++stats.running;
    } else {
      ++stats.waiting;
      stats.waiting_prompt_tokens += seq->unfilled();
    }
  }
  return stats;
}

bool engine_loop::is_idle() const {
  return sequences_.empty() && ended_.empty() && running_imports_.empty() && exports_.idle()
         && saves_running_ == 0 && !pool_.in_step() && pool_.count(slot_state::limbo) == 0
         && pool_.count(slot_state::owned) == 0;
}

void engine_loop::check_invariants() const {
  pool_.check_invariants();
  std::uint64_t owned = 0;
  std::uint64_t holders = 0;
  std::size_t imports = 0;
  for (const auto& [id, seq] : sequences_) {
    TROUPE_CHECK(!seq->ended);
    TROUPE_CHECK(seq->holds_blocks || seq->blocks.empty());
    const auto pages = pool_.groups().pages();
    TROUPE_CHECK(seq->shared_blocks <= seq->blocks.size() / pages);
    TROUPE_CHECK(seq->names.size() == seq->tokens.size() / block_tokens);
    TROUPE_CHECK(!seq->holds_blocks || seq->blocks.size() / pages * block_tokens >= seq->computed);
    for (std::size_t at = 0; at < seq->blocks.size(); ++at) {
      if (seq->blocks[at] == no_slot) {
        TROUPE_CHECK(at % pages >= pool_.groups().full_pages);
        continue;
      }
      const bool is_shared = at / pages < seq->shared_blocks;
      const auto expected = is_shared ? slot_state::shared : slot_state::owned;
      TROUPE_CHECK(mutants_.no_limbo || pool_.state(seq->blocks[at]) == expected);
      ++(is_shared ? holders : owned);
    }
    imports += seq->imports_pending;
  }
  TROUPE_CHECK(owned == pool_.count(slot_state::owned));
  TROUPE_CHECK(holders == pool_.holders());
  TROUPE_CHECK(imports <= running_imports_.size());
  TROUPE_CHECK(pool_.in_step() || ended_.empty());
  TROUPE_CHECK(scheduler_.sequences().size() + unreserved_.size() == sequences_.size());
}

} // namespace troupe::engine
