// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/prefill_role.hpp"

#include "actors/core/answer.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

engine::work_class class_of(work_class cls) {
  return cls == work_class::batch ? engine::work_class::batch : engine::work_class::interactive;
}

} // namespace

void prefill_role::on(const prefill& what, context& cx) {
  if (shared_.outgoing.is_known(what.transfer)) {
    return;
  }
  auto why = shared_.refusal(role_prefill, what.who);
  const auto blocks = cacheable_blocks(static_cast<std::uint32_t>(what.prompt.size()));
  if (!why && what.layout != shared_.config.card->layout) {
    why = error{errors::wrong_model, "this worker's blocks lie otherwise; compute it there", "",
                true};
  } else if (!why && (what.prompt.empty() || what.have_blocks > blocks)) {
    why = error{errc::invalid_value, "no such blocks in this prompt", "have_blocks"};
  } else if (!why
             && (jobs_.size() >= shared_.config.limits.prefills_max
                 || !shared_.outgoing.begin(what.transfer, *cx.from, true, cx.now, cx.out))) {
    why = error{errc::overloaded, "the prefill queue is full; compute it there", "", true};
  }
  if (why) {
    answer(cx.out, *cx.from, transfer_stopped{what.transfer, std::move(*why)});
    return;
  }
  if (what.have_blocks == blocks) {
    shared_.outgoing.finish(what.transfer, {}, cx.out);
    return;
  }
  auto& job = jobs_[what.transfer];
  job.to = cx.sender();
  job.who = what.who;
  job.spec = {.request = what.request,
              .prompt = what.prompt,
              .max_tokens = 1,
              .namer = shared_.namer_of(what.who),
              .cls = class_of(what.cls),
              .priority = what.priority,
              .prefill_only = true,
              .export_from = what.have_blocks};
  job.names = job.spec.namer.all(what.prompt);
  job.names.resize(blocks);
  job.place = {what.cls, -std::int64_t{what.priority}, ++arrivals_};
  job.told = cx.now;
  job.retry = cx.now;
  queue_[job.place] = what.transfer;
}

prefill_role::table::iterator prefill_role::find(engine::sequence_id id) {
  const auto it = by_sequence_.find(id);
  return it == by_sequence_.end() ? jobs_.end() : jobs_.find(it->second);
}

void prefill_role::pump(context& cx) {
  const auto active_max = shared_.config.limits.prefills_active_max;
  while (!queue_.empty() && by_sequence_.size() < active_max) {
    const auto it = jobs_.find(queue_.begin()->second);
    auto& job = it->second;
    if (job.retry > cx.now) {
      return;
    }
    job.spec.id = shared_.engine.fresh_sequence();
    if (!shared_.engine.try_new(engine::reserve{job.spec})) {
      job.retry = cx.now + shared_.config.limits.capacity_retry;
      return;
    }
    queue_.erase(queue_.begin());
    job.at = stage::reserving;
    by_sequence_[job.spec.id] = it->first;
  }
}

void prefill_role::on(const engine::reserved& what, context& cx) {
  const auto it = find(what.id);
  auto& job = it->second;
  job.at = stage::filling;
  const auto first = std::min<std::size_t>(what.cached_blocks, job.names.size());
  std::vector<block_name> missing(job.names.begin() + static_cast<std::ptrdiff_t>(first),
                                  job.names.end());
  offers_.watch(what.id, job.who, job.names.front(), missing);
  if (missing.empty()
      || !fills_.from_shard(what.id, job.who, job.names.front(), what.cached_blocks,
                            std::move(missing), cx)) {
    start(job);
  }
}

void prefill_role::filled(const fills::result& what, context&) {
  const auto it = find(what.sequence);
  if (it != jobs_.end() && it->second.at == stage::filling) {
    start(it->second);
  }
}

void prefill_role::start(prefill_job& what) {
  what.at = stage::running;
  what.spec.prompt.clear();
  shared_.engine.start(what.spec.id);
}

void prefill_role::on(const engine::sequence_refused& what, context& cx) {
  const auto it = find(what.id);
  by_sequence_.erase(what.id);
  if (what.why.code == errors::no_capacity) {
    requeue(it, what.why, cx);
  } else {
    stop(it, what.why, cx);
  }
}

void prefill_role::requeue(table::iterator it, error why, context& cx) {
  auto& job = it->second;
  if (!job.give_up) {
    job.give_up = cx.now + shared_.config.limits.prefill_capacity_wait;
  }
  job.at = stage::queued;
  job.retry = cx.now + shared_.config.limits.capacity_retry;
  queue_[job.place] = it->first;
  if (*job.give_up <= cx.now) {
    why.code = errc::overloaded;
    stop(it, std::move(why), cx);
  }
}

void prefill_role::on(const engine::exported& what, context& cx) {
  const auto it = find(what.sequence);
  if (it == jobs_.end()) {
    return;
  }
  it->second.tokens_done = std::max(it->second.tokens_done, (what.index + 1) * block_tokens);
  shared_.outgoing.push({.transfer = it->first,
                         .ordinal = what.index,
                         .block = what.name,
                         .layout = what.layout,
                         .checksum = what.checksum,
                         .attachment = what.data},
                        cx.now, cx.out);
}

void prefill_role::on(const engine::produced& what, context& cx) {
  const auto it = find(what.id);
  if (it == jobs_.end() || !what.end) {
    return;
  }
  if (*what.end == engine::end_kind::length) {
    shared_.outgoing.finish(
        it->first, {.cached_tokens = what.cached_tokens, .computed_tokens = what.computed_tokens},
        cx.out);
    erase(it, false, cx);
    return;
  }
  auto why = what.why;
  why.code = errors::transfer_failed;
  why.retryable = true;
  const auto id = it->first;
  erase(it, false, cx);
  shared_.outgoing.stop(id, std::move(why), cx.out);
}

void prefill_role::stop(table::iterator it, error why, context& cx) {
  const auto id = it->first;
  why.retryable = true;
  erase(it, true, cx);
  shared_.outgoing.stop(id, std::move(why), cx.out);
}

void prefill_role::forget(transfer_id id, context& cx) {
  if (const auto it = jobs_.find(id); it != jobs_.end()) {
    erase(it, true, cx);
  }
}

void prefill_role::erase(table::iterator it, bool cancel, context& cx) {
  const auto sequence = it->second.spec.id;
  queue_.erase(it->second.place);
  if (by_sequence_.erase(sequence) > 0) {
    fills_.drop(sequence, cx);
    if (cancel) {
      shared_.engine.end(sequence);
    }
  }
  offers_.unwatch(sequence);
  jobs_.erase(it);
}

void prefill_role::tick(context& cx) {
  for (auto& [id, job] : jobs_) {
    if (job.told + shared_.config.limits.progress_every <= cx.now) {
      job.told = cx.now;
      cx.out.tell(job.to, prefill_progress{id, job.tokens_done});
    }
  }
}

std::optional<time_point> prefill_role::next_wake() const {
  std::optional<time_point> first;
  for (const auto& [id, job] : jobs_) {
    first = earlier(first, job.told + shared_.config.limits.progress_every);
  }
  if (!queue_.empty() && by_sequence_.size() < shared_.config.limits.prefills_active_max) {
    first = earlier(first, jobs_.at(queue_.begin()->second).retry);
  }
  return first;
}

std::uint64_t prefill_role::queued_tokens() const {
  std::uint64_t sum = 0;
  for (const auto& [place, id] : queue_) {
    sum += jobs_.at(id).spec.prompt.size();
  }
  return sum;
}

void prefill_role::check_invariants() const {
  TROUPE_CHECK(jobs_.size() <= shared_.config.limits.prefills_max);
  TROUPE_CHECK(by_sequence_.size() <= shared_.config.limits.prefills_active_max);
  TROUPE_CHECK(jobs_.size() == queue_.size() + by_sequence_.size());
  for (const auto& [id, job] : jobs_) {
    TROUPE_CHECK(shared_.outgoing.is_known(id));
    TROUPE_CHECK(job.at == stage::queued || by_sequence_.contains(job.spec.id));
    TROUPE_CHECK((job.at == stage::queued) == queue_.contains(job.place));
    TROUPE_CHECK(job.at != stage::running || !fills_.is_moving(job.spec.id));
  }
}

} // namespace troupe
