// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/engine_loop.hpp"

#include "engine/core/context_key.hpp"
#include "engine/core/sequence_blocks.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace troupe::engine {

namespace {

std::unique_ptr<sequence> make_sequence(sequence_spec spec, std::uint64_t number) {
  auto seq = std::make_unique<sequence>();
  seq->number = number;
  seq->tokens = std::move(spec.prompt);
  seq->prompt_tokens = seq->size();
  seq->tokens.insert(seq->tokens.end(), spec.delivered.begin(), spec.delivered.end());
  seq->names = spec.namer.all(seq->tokens);
  seq->context_key = context_key(spec.namer);
  seq->export_next = spec.export_from;
  seq->scored = spec.scored;
  const bool samples = !spec.prefill_only && spec.pooling == pooling_kind::none;
  if (samples && logit_rules::are_needed(spec.how, spec.rules)) {
    const auto tokens = std::span<const token_id>{seq->tokens};
    seq->rules.emplace(spec.how, std::move(spec.rules), spec.stop_tokens,
                       tokens.first(seq->prompt_tokens), tokens.subspan(seq->prompt_tokens));
  }
  seq->spec = std::move(spec);
  seq->spec.delivered.clear();
  seq->spec.rules = {};
  return seq;
}

/// What a step copies to the host tier at most, and a block.
constexpr std::size_t step_save_bytes = std::size_t{64} << 20U;

} // namespace

engine_loop::engine_loop(const host_options& options, executor& exec, engine_mutants mutants)
    : options_(options),
      exec_(exec),
      mutants_(mutants),
      pool_(
          options.pool_blocks * exec.traits().groups.pages(),
          [&exec](slot_id slot, block_name name, std::uint64_t writer) {
            exec.tag_slot(slot, name, writer);
          },
          mutants.no_limbo, exec.traits().groups,
          exec.traits().groups.window_blocks(options.step_tokens_max)),
      scheduler_(options, pool_, events_, mutants),
      tier_(options.prefix_cache ? options.host_tier_bytes : 0, exec.staging_memory()),
      exports_(pool_, tier_, exec, options.staging_bytes_max, events_) {
  TROUPE_CHECK(options.pool_blocks > 0);
  TROUPE_CHECK(options.step_tokens_max > 0);
  exec.allocate_pool(pool_.slots());
}

void engine_loop::accept(command what) {
  std::visit([this](auto&& each) { handle(std::move(each)); }, std::move(what));
}

sequence* engine_loop::find(sequence_id id) {
  const auto at = sequences_.find(id);
  return at != sequences_.end() ? at->second.get() : nullptr;
}

std::optional<error> engine_loop::refusal(const sequence_spec& spec) const {
  const auto& traits = exec_.traits();
  const auto invalid = [](std::string text, std::string field) {
    return error{errc::invalid_value, std::move(text), std::move(field)};
  };
  if (sequences_.contains(spec.id)) {
    return invalid("a sequence of this id exists", "id");
  }
  if (spec.prompt.empty()) {
    return invalid("the prompt is empty; send at least one token", "prompt");
  }
  const auto in_vocabulary = [&](token_id token) {
    return token < traits.vocab_size;
  };
  if (!std::ranges::all_of(spec.prompt, in_vocabulary)
      || !std::ranges::all_of(spec.delivered, in_vocabulary)) {
    return invalid("a token is outside the model's vocabulary", "prompt");
  }
  const bool samples = !spec.prefill_only && spec.pooling == pooling_kind::none;
  if (spec.pooling != pooling_kind::none && traits.embedding_size == 0) {
    return error{errc::unsupported,
                 "this engine gives no hidden states, of which embeddings are made; run the model "
                 "on a CPU",
                 "model"};
  }
  if (spec.pooling != pooling_kind::none && (spec.prefill_only || !spec.delivered.empty())) {
    return invalid("an embedding has no answer; send neither delivered tokens nor prefill_only",
                   "pooling");
  }
  if (samples && spec.delivered.size() >= spec.max_tokens) {
    return invalid("max_tokens is not above the tokens delivered", "max_tokens");
  }
  if (spec.scored >= spec.prompt.size() && spec.how.prompt_logprobs) {
    return invalid("more of the prompt is scored than it has; send what is known", "scored");
  }
  if (spec.how.prompt_logprobs && !traits.scores_prompts) {
    return error{errc::unsupported,
                 "the device that computes here tells no log probabilities of prompts; leave them "
                 "out, or use a worker with --device cpu",
                 "prompt_logprobs"};
  }
  if (samples) {
    auto why =
        check_sampling(spec.how, spec.rules, spec.stop_tokens, spec.max_tokens, traits.vocab_size);
    if (why) {
      return why;
    }
  }
  const auto answer = samples ? std::size_t{spec.max_tokens} : std::size_t{0};
  const auto total = spec.prompt.size() + answer;
  if (total > traits.context_tokens_max) {
    return error{errors::prompt_too_long,
                 "prompt and max_tokens need " + std::to_string(total) + " of "
                     + std::to_string(traits.context_tokens_max)
                     + " tokens of context; shorten the prompt or lower max_tokens",
                 "max_tokens"};
  }
  const auto slots =
      pool_.slots_for(static_cast<std::uint32_t>((total + block_tokens - 1) / block_tokens));
  if (slots > pool_.slots()) {
    const auto pages = traits.groups.pages();
    return error{errors::prompt_too_long,
                 "prompt and max_tokens need " + std::to_string((slots + pages - 1) / pages)
                     + " blocks, the pool has " + std::to_string(options_.pool_blocks)
                     + "; lower max_tokens or enlarge the pool",
                 "max_tokens"};
  }
  if (sequences_.size() >= options_.sequences_max) {
    return error{errors::no_capacity, "the engine holds as many sequences as it may; try later", "",
                 true};
  }
  return std::nullopt;
}

void engine_loop::handle(reserve&& what) {
  if (auto why = refusal(what.spec)) {
    events_.push_back(sequence_refused{what.spec.id, std::move(*why)});
    return;
  }
  const auto id = what.spec.id;
  sequences_.emplace(id, make_sequence(std::move(what.spec), ++arrivals_));
  unreserved_.push_back(id);
  settle_reservations();
}

void engine_loop::settle_reservations() {
  while (!unreserved_.empty()) {
    auto& seq = *find(unreserved_.front());
    const auto taken = scheduler_.reserve(seq);
    if (!taken && pool_.in_step()) {
      // Nothing can be taken back while a step runs; what does not fit waits for its end.
      return;
    }
    unreserved_.pop_front();
    if (!taken) {
      refuse(seq);
      continue;
    }
    load(seq);
    events_.push_back(
        reserved{seq.spec.id, seq.shared_blocks + seq.imports_pending, seq.cacheable()});
    if (seq.wants_start) {
      start_sequence(seq);
    }
  }
}

void engine_loop::refuse(const sequence& seq) {
  const auto id = seq.spec.id;
  events_.push_back(sequence_refused{
      id, {errors::no_capacity, "too few free blocks now; try later or elsewhere", "", true}});
  sequences_.erase(id);
}

bool engine_loop::accepts_import(const sequence& seq, const import_block& what) const {
  return seq.state == sequence_state::reserved && seq.holds_blocks
         && what.index < seq.sources.size() && seq.sources[what.index] == block_source::compute
         && what.name == seq.names[what.index] && what.layout == exec_.traits().layout
         && (what.data.size() == exec_.traits().block_bytes
             || what.data.size() == exec_.traits().full_bytes())
         && what.checksum == hash64(what.data.view());
}

void engine_loop::handle(import_block&& what) {
  auto* seq = find(what.id);
  if (seq == nullptr) {
    return;
  }
  const auto is_there =
      what.index < seq->sources.size()
      && (what.index < seq->shared_blocks || seq->sources[what.index] == block_source::present);
  if (is_there || !accepts_import(*seq, what)) {
    events_.push_back(imported{what.id, what.index, is_there});
    return;
  }
  begin_import(*seq, what.index, std::move(what.data), true);
}

void engine_loop::begin_import(sequence& seq, std::uint32_t index, blob data, bool is_told) {
  auto slots = open_import(seq, pool_, index, data.size() == exec_.traits().block_bytes);
  seq.sources[index] = block_source::importing;
  ++seq.imports_pending;
  for (std::uint32_t page = 0; page < slots.size(); ++page) {
    if (slots[page] != no_slot) {
      pool_.begin_transfer(slots[page]);
      exec_.tag_slot(slots[page], page_name(seq.names[index], page), seq.number);
    }
  }
  running_imports_.emplace(++works_,
                           running_import{seq.spec.id, seq.holding, index, slots, is_told});
  imports_.push_back({works_, std::move(slots), std::move(data)});
}

void engine_loop::load(sequence& seq) {
  if (!tier_.is_on() || !seq.holds_blocks || seq.loaded_holding == seq.holding) {
    return;
  }
  seq.loaded_holding = seq.holding;
  for (auto block = seq.shared_blocks; block < seq.sources.size(); ++block) {
    auto data = tier_.find(seq.names[block]);
    if (data.empty()) {
      return;
    }
    begin_import(seq, block, std::move(data), false);
    ++rates_.host_hits;
  }
}

void engine_loop::start_sequence(sequence& seq) {
  scheduler_.start(seq);
  end_if_exported(seq);
}

void engine_loop::handle(const start& what) {
  auto* seq = find(what.id);
  if (seq == nullptr || seq->is_started()) {
    return;
  }
  seq->alone_until = what.alone_until;
  if (std::ranges::find(unreserved_, what.id) != unreserved_.end()) {
    seq->wants_start = true;
  } else {
    start_sequence(*seq);
  }
}

void engine_loop::handle(const cancel& what) {
  if (auto* seq = find(what.id)) {
    end(*seq, end_kind::cancelled);
  }
}

void engine_loop::handle(const give_credit& what) {
  if (auto* seq = find(what.id)) {
    seq->spec.credit_up_to = std::max(seq->spec.credit_up_to, what.up_to);
    scheduler_.resume(*seq);
  }
}

void engine_loop::handle(export_blocks&& what) {
  exports_.add(std::move(what));
}

std::optional<import_work> engine_loop::next_import() {
  if (imports_.empty()) {
    return std::nullopt;
  }
  auto work = std::move(imports_.front());
  imports_.pop_front();
  return work;
}

std::optional<export_work> engine_loop::next_export() {
  return exports_.next(scheduler_.sequences());
}

void engine_loop::finish_import(std::uint64_t work) {
  const auto at = running_imports_.find(work);
  TROUPE_CHECK(at != running_imports_.end());
  const auto done = std::move(at->second);
  running_imports_.erase(at);
  for (const auto slot : done.slots) {
    if (slot != no_slot) {
      pool_.end_transfer(slot);
    }
  }
  auto* seq = find(done.id);
  if (seq == nullptr) {
    return;
  }
  const auto ok = seq->holds_blocks && seq->holding == done.holding;
  if (done.is_told) {
    events_.push_back(imported{done.id, done.index, ok});
  }
  if (ok) {
    seq->sources[done.index] = block_source::present;
    --seq->imports_pending;
    if (!seq->is_started()) {
      skip_present(*seq, pool_, options_.prefix_cache);
    }
  }
}

void engine_loop::finish_export(std::uint64_t work) {
  if (auto* seq = exports_.finish(work)) {
    end_if_exported(*seq);
  }
}

void engine_loop::seal_exports() {
  for (const auto work : std::exchange(unsealed_, {})) {
    finish_export(work);
  }
}

std::optional<save_work> engine_loop::next_save() {
  while (!pool_.in_step() && !unsaved_.empty()) {
    save_work save{.name = unsaved_.front(), .slots = {}, .bytes = {}};
    unsaved_.pop_front();
    save.slots = find_block(save.name, pool_);
    if (save.slots.empty()) {
      continue;
    }
    save.bytes = tier_.begin_store(save.name, save.slots.size() * exec_.traits().page_bytes());
    for (const auto left : tier_.take_left()) {
      pool_.index().unkeep(left);
    }
    if (save.bytes.empty()) {
      continue;
    }
    for (const auto slot : save.slots) {
      pool_.begin_transfer(slot);
    }
    ++saves_running_;
    return save;
  }
  return std::nullopt;
}

void engine_loop::finish_save(const save_work& work) {
  TROUPE_CHECK(saves_running_ > 0);
  --saves_running_;
  for (const auto slot : work.slots) {
    pool_.end_transfer(slot);
  }
  tier_.finish_store(work.name);
  pool_.index().keep(work.name);
}

void engine_loop::add_saves() {
  const auto size = exec_.traits().page_bytes();
  std::size_t bytes = 0;
  while (bytes < step_save_bytes) {
    auto save = next_save();
    if (!save) {
      return;
    }
    for (std::uint32_t page = 0; page < save->slots.size(); ++page) {
      plan_.reads.push_back(
          {save->slots[page], page, true, save->bytes.subspan(page * size, size)});
    }
    bytes += save->bytes.size();
    step_saves_.push_back(*std::move(save));
  }
}

void engine_loop::end_if_exported(sequence& seq) {
  if (seq.spec.prefill_only && seq.is_started() && seq.export_next >= seq.cacheable()
      && seq.exports_pending == 0) {
    end(seq, end_kind::length);
  }
}

void engine_loop::end(sequence& seq, end_kind kind, error why) {
  events_.push_back(produced{seq.spec.id,
                             seq.answer_count(),
                             {},
                             kind,
                             std::move(why),
                             seq.cached_tokens,
                             seq.computed_tokens});
  forget(seq);
}

void engine_loop::forget(sequence& seq) {
  seq.ended = true;
  std::erase(unreserved_, seq.spec.id);
  scheduler_.remove(seq);
  exports_.forget(seq);
  drop_blocks(seq, pool_);
  const auto at = sequences_.find(seq.spec.id);
  if (pool_.in_step() && seq.last_step == plan_.step) {
    ended_.push_back(std::move(at->second));
  }
  sequences_.erase(at);
}

std::optional<step_events> engine_loop::take_events() {
  flush_log();
  if (events_.empty() && !step_ended_) {
    return std::nullopt;
  }
  step_ended_ = false;
  return step_events{std::exchange(events_, {}), stats()};
}

void engine_loop::flush_log() {
  if (auto entry = pool_.index().take_log()) {
    if (tier_.is_on()) {
      unsaved_.insert(unsaved_.end(), entry->stored.begin(), entry->stored.end());
      const auto excess = unsaved_.size() - std::min<std::size_t>(unsaved_.size(), pool_.slots());
      unsaved_.erase(unsaved_.begin(), unsaved_.begin() + static_cast<std::ptrdiff_t>(excess));
    }
    events_.push_back(std::move(*entry));
  }
}

engine_host::snapshot engine_loop::snapshot() {
  flush_log();
  return {pool_.index().seq(), pool_.names()};
}

} // namespace troupe::engine
