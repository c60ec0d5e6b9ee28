// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/scheduler.hpp"

#include "engine/core/sequence_blocks.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <tuple>

namespace troupe::engine {

namespace {

bool wants_to_run(const sequence& seq) {
  return !seq.samples() || seq.has_credit();
}

bool is_batch(const sequence& seq) {
  return seq.spec.cls == work_class::batch;
}

/// Tokens from `computed` up to the next block that is there already.
std::uint32_t gap(const sequence& seq) {
  auto block = seq.computed / block_tokens;
  while (block < seq.sources.size() && seq.sources[block] != block_source::present) {
    ++block;
  }
  return block < seq.sources.size() ? block * block_tokens - seq.computed : seq.unfilled();
}

sequence_phase phase_of(sequence_state state) {
  switch (state) {
    case sequence_state::filling:
      return sequence_phase::filling;
    case sequence_state::running:
      return sequence_phase::running;
    case sequence_state::paused:
      return sequence_phase::paused;
    case sequence_state::preempted:
      return sequence_phase::preempted;
    default:
      return sequence_phase::queued;
  }
}

/// Whether `other` computes the block that `seq` would compute next, or comes to it.
bool is_ahead(const sequence& other, const sequence& seq) {
  const auto block = seq.computed / block_tokens;
  return seq.computed % block_tokens == 0 && block < seq.sources.size()
         && block < other.names.size() && other.computed <= seq.computed
         && block < other.shareable() && other.names[block] == seq.names[block];
}

bool is_of(const sequence* only, const sequence& seq) {
  return only != nullptr ? only == &seq : !seq.is_alone();
}

} // namespace

scheduler::scheduler(const host_options& options, block_pool& pool, std::vector<event>& events,
                     engine_mutants mutants)
    : options_(options), pool_(pool), events_(events), mutants_(mutants) {
}

bool scheduler::reserve(sequence& seq) {
  const auto margin = margin_for(seq);
  auto taken = take_blocks(seq, pool_, margin);
  if (!taken && !pool_.in_step() && !is_batch(seq)) {
    std::uint64_t reachable = pool_.available();
    for (const auto* other : order_) {
      reachable += is_batch(*other) ? slots_held(*other) : 0;
    }
    while (!taken && reachable >= pool_.slots_for(seq.blocks_needed()) + margin) {
      auto* victim = worst_holder();
      if (victim == nullptr || !is_batch(*victim)) {
        break;
      }
      preempt(*victim);
      taken = take_blocks(seq, pool_, margin);
    }
  }
  if (taken) {
    order_.insert(std::ranges::upper_bound(
                      order_, &seq,
                      [](const sequence* a, const sequence* b) { return ranks_before(*a, *b); }),
                  &seq);
  }
  return taken;
}

void scheduler::remove(const sequence& seq) {
  std::erase(order_, &seq);
}

void scheduler::start(sequence& seq) {
  TROUPE_CHECK(!seq.is_started());
  change_state(seq, seq.holds_blocks ? sequence_state::queued : sequence_state::preempted);
}

void scheduler::resume(sequence& seq) {
  if (seq.state == sequence_state::paused && seq.has_credit()) {
    change_state(seq, seq.sampled ? sequence_state::running : sequence_state::filling);
  }
}

void scheduler::settle(sequence& seq) {
  if (!wants_to_run(seq) && seq.unfilled() == 0) {
    change_state(seq, sequence_state::paused);
  } else if (seq.sampled) {
    change_state(seq, sequence_state::running);
  }
}

void scheduler::change_state(sequence& seq, sequence_state state) {
  if (seq.state != state) {
    seq.state = state;
    events_.push_back(phase_changed{seq.spec.id, phase_of(state)});
  }
}

void scheduler::preempt(sequence& seq) {
  drop_blocks(seq, pool_);
  if (seq.is_started()) {
    change_state(seq, sequence_state::preempted);
  }
}

std::uint64_t scheduler::running_margin() const {
  const auto running = std::ranges::count_if(
      order_, [](const sequence* seq) { return seq->state == sequence_state::running; });
  return static_cast<std::uint64_t>(running) * pool_.groups().pages();
}

std::uint64_t scheduler::margin_for(const sequence& seq) const {
  auto margin = running_margin();
  for (const auto* other : order_) {
    if (other->state == sequence_state::preempted && wants_to_run(*other)
        && other->spec.cls <= seq.spec.cls) {
      margin += pool_.slots_for(other->blocks_needed());
    }
  }
  return margin;
}

sequence* scheduler::worst_holder() const {
  const auto key = [](const sequence* seq) {
    return std::tuple{is_batch(*seq), seq->state == sequence_state::paused};
  };
  sequence* worst = nullptr;
  for (auto* seq : order_) {
    if (seq->holds_blocks && (seq->is_started() || is_batch(*seq))
        && (worst == nullptr || key(seq) >= key(worst))) {
      worst = seq;
    }
  }
  return worst;
}

sequence* scheduler::displaceable_for(const sequence& seq) const {
  auto* victim = worst_holder();
  if (victim == nullptr) {
    return nullptr;
  }
  const auto lower_class = victim->spec.cls > seq.spec.cls;
  const auto same_class = victim->spec.cls == seq.spec.cls;
  return lower_class || (same_class && victim->state == sequence_state::paused) ? victim : nullptr;
}

/// So that its next position can be computed.
void scheduler::grow(sequence& seq) {
  const auto grows = [&] {
    return seq.state == sequence_state::running
               ? grow_blocks(seq, pool_)
               : move_window(seq, pool_, seq.computed / block_tokens + 1);
  };
  while (!grows()) {
    auto* victim = worst_holder();
    TROUPE_CHECK(victim != nullptr);
    preempt(*victim);
    if (victim == &seq) {
      return;
    }
  }
}

bool scheduler::readmit(sequence& seq) {
  const auto margin = running_margin();
  while (!take_blocks(seq, pool_, margin)) {
    auto* victim = displaceable_for(seq);
    if (victim == nullptr) {
      return false;
    }
    preempt(*victim);
  }
  return true;
}

void scheduler::give_blocks() {
  TROUPE_CHECK(!pool_.in_step());
  for (auto* seq : order_) {
    if (seq->state == sequence_state::running
        || (pool_.groups().has_windows() && may_run(*seq) && seq->unfilled() > 0)) {
      grow(*seq);
    }
  }
  for (auto* seq : order_) {
    if (seq->state == sequence_state::preempted && !seq->holds_blocks && wants_to_run(*seq)
        && !readmit(*seq)) {
      break;
    }
  }
}

bool scheduler::may_run(const sequence& seq) const {
  return seq.is_started() && seq.holds_blocks && (seq.imports_pending == 0 || mutants_.eager_start);
}

std::span<const scheduler::row> scheduler::choose_rows(std::uint64_t step) {
  rows_.clear();
  if (!alone_last_) {
    add_alone(step);
  }
  if (rows_.empty()) {
    add_rows(step, nullptr);
  }
  if (rows_.empty()) {
    add_alone(step);
  }
  alone_last_ = !rows_.empty() && rows_.front().seq->is_alone();
  return rows_;
}

void scheduler::add_rows(std::uint64_t step, const sequence* only) {
  auto budget = options_.step_tokens_max;
  add_decodes(budget, step, only);
  add_fills(budget, step, only);
}

// The one that waits longest; one without anything to compute is passed over.
void scheduler::add_alone(std::uint64_t step) {
  std::vector<sequence*> alone;
  for (auto* seq : order_) {
    if (seq->is_alone() && may_run(*seq)) {
      alone.push_back(seq);
    }
  }
  std::ranges::stable_sort(alone, {}, &sequence::last_step);
  for (auto* seq : alone) {
    if (rows_.empty()) {
      add_rows(step, seq);
    }
  }
}

void scheduler::add_decodes(std::uint32_t& budget, std::uint64_t step, const sequence* only) {
  candidates_.clear();
  for (auto* seq : order_) {
    if (seq->state == sequence_state::running && may_run(*seq) && is_of(only, *seq)) {
      candidates_.push_back(seq);
    }
  }
  if (candidates_.size() > budget) {
    std::ranges::stable_sort(candidates_, {}, &sequence::last_step);
    candidates_.resize(budget);
  }
  for (auto* seq : candidates_) {
    TROUPE_CHECK(seq->unfilled() == 1);
    seq->last_step = step;
    rows_.push_back({seq, 1, true});
    --budget;
  }
}

void scheduler::add_fills(std::uint32_t& budget, std::uint64_t step, const sequence* only) {
  candidates_.clear();
  for (auto* seq : order_) {
    if (may_run(*seq) && is_of(only, *seq) && seq->state != sequence_state::running
        && seq->state != sequence_state::paused) {
      candidates_.push_back(seq);
    }
  }
  std::ranges::stable_sort(candidates_, {}, [](const sequence* seq) {
    const auto fresh = seq->state == sequence_state::queued ? 2 : 1;
    return std::tuple{seq->spec.cls, seq->holding > 1 ? 0 : fresh};
  });
  for (auto* seq : candidates_) {
    if (budget == 0) {
      return;
    }
    skip_present(*seq, pool_, options_.prefix_cache);
    forget_unusable(*seq, pool_);
    // Choices of one request, and whoever begins alike: one computes, the others take its blocks.
    const auto waits =
        options_.prefix_cache && std::ranges::any_of(rows_, [seq](const row& before) {
          return !before.decode && is_ahead(*before.seq, *seq);
        });
    if (waits) {
      continue;
    }
    auto tokens = std::min({seq->unfilled(), gap(*seq), budget});
    if (tokens == 0) {
      settle(*seq);
      continue;
    }
    if (!move_window(*seq, pool_, (seq->computed + tokens - 1) / block_tokens + 1)) {
      tokens = positions_ready(*seq, pool_, tokens);
      if (tokens == 0) {
        continue;
      }
    }
    change_state(*seq, sequence_state::filling);
    seq->last_step = step;
    rows_.push_back({seq, tokens, false});
    budget -= tokens;
  }
}

} // namespace troupe::engine
