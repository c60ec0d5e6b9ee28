// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/fills.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe {

bool fills::from_prefill(engine::sequence_id sequence, const worker_ref& worker, prefill ask,
                         std::vector<block_name> names, context& cx) {
  const auto first = ask.have_blocks;
  const auto id = shared_.incoming.open({.sender = worker.actor,
                                         .layout = shared_.config.card->layout,
                                         .first_ordinal = first,
                                         .expected = std::move(names)});
  if (!id) {
    return false;
  }
  ask.transfer = *id;
  ask.layout = shared_.config.card->layout;
  const auto it = add(*id,
                      {.sequence = sequence,
                       .from = source::prefill_worker,
                       .peer = worker.actor,
                       .first_block = first,
                       .first_ordinal = first},
                      cx);
  it->second.request = cx.out.request(worker.actor, std::move(ask), time_point::max());
  requests_[it->second.request] = *id;
  return true;
}

bool fills::from_shard(engine::sequence_id sequence, const identity& who, block_name head,
                       std::uint32_t first_block, std::vector<block_name> names, context& cx) {
  const auto& config = shared_.config;
  const auto missing = static_cast<std::uint32_t>(names.size());
  const auto shard = shared_.others.shard_for(head);
  if (!shard || missing < config.limits.shard_blocks_min
      || !shard_load_.is_load_sooner(missing, config.block_bytes,
                                     shared_.reports.stats().prefill_tokens_per_s)) {
    return false;
  }
  const auto id =
      shared_.incoming.open({.sender = *shard, .layout = config.card->layout, .expected = names});
  if (!id) {
    return false;
  }
  const auto it = add(*id, {.sequence = sequence, .peer = *shard, .first_block = first_block}, cx);
  it->second.request = cx.out.request(
      *shard,
      kv_get{.transfer = *id, .who = who, .names = std::move(names), .layout = config.card->layout},
      time_point::max());
  requests_[it->second.request] = *id;
  return true;
}

fills::table::iterator fills::add(transfer_id id, moving_fill what, context& cx) {
  what.opened = what.heard = what.advanced = cx.now;
  shared_.watches.add(what.peer, cx.out);
  by_sequence_[what.sequence] = id;
  return table_.emplace(id, std::move(what)).first;
}

void fills::ack(const part& what, bool taken, context& cx) {
  cx.out.tell(cx.sender(), part_ack{what.transfer, what.ordinal, taken});
}

void fills::on(const part& what, context& cx) {
  const auto counts = shared_.incoming.accept(what, cx.sender());
  const auto it = table_.find(what.transfer);
  if (!counts || it == table_.end()) {
    ack(what, false, cx);
    if (it != table_.end()) {
      settle(what.transfer, cx);
    }
    return;
  }
  auto& fill = it->second;
  fill.heard = fill.advanced = cx.now;
  const auto taken = shared_.engine.try_new(
      engine::import_block{.id = fill.sequence,
                           .index = fill.first_block + (what.ordinal - fill.first_ordinal),
                           .name = what.block,
                           .layout = what.layout,
                           .checksum = what.checksum,
                           .data = what.attachment});
  if (!taken) {
    shared_.incoming.answered(what.transfer, what.ordinal, false);
    ack(what, false, cx);
    settle(what.transfer, cx);
  }
}

void fills::imported(const engine::imported& what, context& cx) {
  auto found = by_sequence_.find(what.id);
  const auto it = found == by_sequence_.end() ? table_.end() : table_.find(found->second);
  if (it == table_.end()) {
    return;
  }
  const auto id = it->first;
  it->second.taken += what.ok ? 1 : 0;
  const auto ordinal = what.index - it->second.first_block + it->second.first_ordinal;
  shared_.incoming.answered(id, ordinal, what.ok);
  cx.out.tell(it->second.peer, part_ack{id, ordinal, what.ok});
  settle(id, cx);
}

void fills::on(const prefill_progress& what, context& cx) {
  const auto it = table_.find(what.transfer);
  if (it == table_.end() || !(it->second.peer == cx.sender())) {
    return;
  }
  it->second.heard = cx.now;
  if (what.tokens_done > it->second.tokens_done) {
    it->second.tokens_done = what.tokens_done;
    it->second.advanced = cx.now;
  }
}

void fills::on(const transfer_done& what, const actor_ref& from, context& cx) {
  const auto it = table_.find(what.transfer);
  if (it == table_.end() || !(it->second.peer == from)) {
    return;
  }
  it->second.heard = cx.now;
  if (it->second.from == source::prefill_worker) {
    splits_.push_back({it->second.sequence, what.cached_tokens, what.computed_tokens});
  }
  if (shared_.incoming.announced(what.transfer, from, what.parts)) {
    settle(what.transfer, cx);
  }
}

void fills::on(const transfer_stopped& what, const actor_ref& from, context& cx) {
  const auto it = table_.find(what.transfer);
  if (it != table_.end() && it->second.peer == from && !it->second.over) {
    give_up(what.transfer, false, cx);
  }
}

bool fills::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto found = requests_.find(request);
  if (found == requests_.end()) {
    return false;
  }
  const auto id = found->second;
  requests_.erase(found);
  const auto it = table_.find(id);
  if (it == table_.end()) {
    return true;
  }
  it->second.request = 0;
  const auto peer = it->second.peer;
  if (const auto* done = answer.body.as<transfer_done>()) {
    on(*done, peer, cx);
  } else if (!it->second.over) {
    it->second.lost = it->second.lost || answer.why.code == errc::peer_gone;
    give_up(id, false, cx);
  }
  if (const auto again = table_.find(id); again != table_.end() && again->second.over) {
    table_.erase(again);
  }
  return true;
}

void fills::on_down(const actor_ref& who, context& cx) {
  std::vector<transfer_id> lost;
  for (const auto& [id, fill] : table_) {
    if (fill.peer == who && !fill.over) {
      lost.push_back(id);
    }
  }
  for (const auto id : lost) {
    table_.at(id).lost = true;
    give_up(id, false, cx);
  }
}

void fills::settle(transfer_id id, context& cx) {
  const auto it = table_.find(id);
  if (it == table_.end() || it->second.over) {
    return;
  }
  if (!shared_.incoming.is_known(id)) {
    finish(it, true, cx);
  } else if (shared_.incoming.is_open(id) && shared_.incoming.is_settled(id)) {
    shared_.incoming.close(id);
    finish(it, false, cx);
  }
}

void fills::give_up(transfer_id id, bool tell, context& cx) {
  const auto it = table_.find(id);
  auto& fill = it->second;
  if (fill.gave_up) {
    return;
  }
  fill.gave_up = true;
  if (tell) {
    cx.out.tell(fill.peer,
                transfer_stopped{id, {errc::cancelled, "the receiver goes on without it"}});
  }
  if (shared_.config.mutants.eager_fallback) {
    static_cast<void>(shared_.incoming.forget(id));
    finish(it, true, cx);
    return;
  }
  shared_.incoming.close(id);
  settle(id, cx);
}

void fills::finish(table::iterator it, bool gave_up, context& cx) {
  auto& fill = it->second;
  results_.push_back({fill.sequence, fill.from, fill.first_block, fill.taken, gave_up, fill.lost});
  if (fill.from == source::shard) {
    shard_load_.observe(cx.now - fill.opened, fill.taken, shared_.config.block_bytes);
  }
  fill.over = true;
  by_sequence_.erase(fill.sequence);
  shared_.watches.drop(fill.peer, cx.out);
  if (fill.request == 0) {
    table_.erase(it);
  }
}

void fills::drop(engine::sequence_id sequence, context& cx) {
  const auto found = by_sequence_.find(sequence);
  if (found == by_sequence_.end()) {
    return;
  }
  const auto it = table_.find(found->second);
  const auto [id, fill] = *it;
  for (const auto ordinal : shared_.incoming.forget(id)) {
    cx.out.tell(fill.peer, part_ack{id, ordinal, false});
  }
  if (!fill.gave_up) {
    cx.out.tell(fill.peer, transfer_stopped{id, {errc::cancelled, "the stream has ended"}});
  }
  shared_.watches.drop(fill.peer, cx.out);
  by_sequence_.erase(found);
  table_.erase(it);
}

time_point fills::due(const moving_fill& what) const {
  const auto& limits = shared_.config.limits;
  return what.from == source::shard
             ? what.heard + limits.shard_silence
             : std::min(what.heard + limits.prefill_silence, what.advanced + limits.prefill_stall);
}

void fills::tick(context& cx) {
  std::vector<transfer_id> late;
  for (const auto& [id, fill] : table_) {
    if (!fill.over && !fill.gave_up && due(fill) <= cx.now) {
      late.push_back(id);
    }
  }
  for (const auto id : late) {
    give_up(id, true, cx);
  }
}

std::optional<time_point> fills::next_wake() const {
  std::optional<time_point> first;
  for (const auto& [id, fill] : table_) {
    if (!fill.over && !fill.gave_up) {
      first = earlier(first, due(fill));
    }
  }
  return first;
}

bool fills::is_moving(engine::sequence_id sequence) const {
  return by_sequence_.contains(sequence);
}

void fills::check_invariants() const {
  std::size_t moving = 0;
  for (const auto& [id, fill] : table_) {
    TROUPE_CHECK(!fill.over || !shared_.incoming.is_known(id));
    TROUPE_CHECK(fill.over || shared_.incoming.is_known(id));
    TROUPE_CHECK(!fill.over || fill.request != 0);
    moving += fill.over ? 0 : 1;
  }
  TROUPE_CHECK(moving == by_sequence_.size());
  for (const auto& [sequence, id] : by_sequence_) {
    TROUPE_CHECK(table_.at(id).sequence == sequence);
  }
}

} // namespace troupe
