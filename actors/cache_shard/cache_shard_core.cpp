// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shard/cache_shard_core.hpp"

#include "actors/core/answer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <set>
#include <utility>

namespace troupe {

cache_shard_core::cache_shard_core(cache_shard_config config)
    : config_(std::move(config)),
      incoming_(config_.me, {.transfers_max = config_.transfers_in_max,
                             .pending_parts_max = config_.window_parts * 4}),
      outgoing_({.transfers_max = config_.transfers_out_max,
                 .window_parts = config_.window_parts,
                 .ack_wait = config_.ack_wait},
                watches_),
      log_({.pool = {config_.me.node, config_.engine},
            .epoch = mix64(config_.me.node.life.value, config_.me.actor) | 1U,
            .tier = kv_tier::host,
            .subscribers_max = config_.subscribers_max,
            .digest_every = config_.digest_every}),
      store_(config_.capacity_bytes, config_.store_fails) {
}

std::vector<block_name> cache_shard_core::wanted_of(const kv_put& what) const {
  std::vector<block_name> wanted;
  if (what.block_bytes == 0 || what.block_bytes > limits::attachment_bytes_max) {
    return wanted;
  }
  // One offer may not wash out everything else.
  const auto most = config_.capacity_bytes / 2 / what.block_bytes;
  std::set<block_name> seen;
  for (const auto name : what.names) {
    if (wanted.size() < most && seen.insert(name).second && !store_.has(name, what.layout)) {
      wanted.push_back(name);
    }
  }
  return wanted;
}

void cache_shard_core::on(const kv_put& what, context& cx) {
  transfer_open open{.offer = what.offer, .names = wanted_of(what)};
  const auto id =
      incoming_.open({.sender = cx.sender(), .layout = what.layout, .expected = open.names});
  if (id) {
    open.transfer = *id;
    offers_[*id] = {cx.sender(), what.block_bytes, cx.now};
    watches_.add(cx.sender(), cx.out);
  } else {
    open.names.clear();
  }
  answer(cx.out, *cx.from, std::move(open));
}

void cache_shard_core::on(const part& what, context& cx) {
  const auto it = offers_.find(what.transfer);
  bool taken = incoming_.accept(what, cx.sender());
  if (taken) {
    it->second.heard = cx.now;
    std::vector<block_name> removed;
    const auto is_new = !store_.has_name(what.block);
    taken = what.attachment.size() <= it->second.block_bytes
            && (store_.put(what.block, what.layout, what.checksum, what.attachment.view(), removed)
                || config_.put_unchecked);
    incoming_.answered(what.transfer, what.ordinal, taken);
    // The room may have been made by dropping the same block in another layout.
    const auto is_stored =
        taken && (is_new || std::ranges::find(removed, what.block) != removed.end());
    announce(is_stored ? std::vector{what.block} : std::vector<block_name>{}, std::move(removed),
             cx);
  }
  cx.out.tell(cx.sender(), part_ack{what.transfer, what.ordinal, taken});
  if (it != offers_.end() && incoming_.is_settled(what.transfer)) {
    close(what.transfer, cx);
  }
}

void cache_shard_core::on(const transfer_done& what, context& cx) {
  if (incoming_.announced(what.transfer, cx.sender(), what.parts)
      && incoming_.is_settled(what.transfer)) {
    close(what.transfer, cx);
  }
}

void cache_shard_core::on(const transfer_stopped& what, context& cx) {
  if (outgoing_.stopped(what.transfer, cx.sender(), cx.out)) {
    answers_.erase(what.transfer);
  } else if (incoming_.is_from(what.transfer, cx.sender())) {
    close(what.transfer, cx);
  }
  pump(cx);
}

void cache_shard_core::close(transfer_id id, context& cx) {
  incoming_.close(id);
  const auto it = offers_.find(id);
  if (it != offers_.end()) {
    watches_.drop(it->second.from, cx.out);
    offers_.erase(it);
  }
}

void cache_shard_core::on(const kv_get& what, context& cx) {
  if (outgoing_.is_known(what.transfer)) {
    return;
  }
  if (!outgoing_.begin(what.transfer, *cx.from, true, cx.now, cx.out)) {
    answer(cx.out, *cx.from,
           transfer_stopped{
               what.transfer,
               {errc::overloaded, "the shard answers too many; compute the blocks", "", true}});
    return;
  }
  answers_[what.transfer] = {what.names, what.layout};
  pump(cx);
}

void cache_shard_core::on(const part_ack& what, context& cx) {
  outgoing_.acked(what, cx.sender(), cx.now, cx.out);
  pump(cx);
}

void cache_shard_core::pump(context& cx) {
  std::vector<block_name> removed;
  for (auto it = answers_.begin(); it != answers_.end();) {
    auto& [id, job] = *it;
    while (job.next < job.names.size() && outgoing_.backlog(id) < config_.window_parts) {
      const auto name = job.names[job.next];
      const auto found = store_.get(name, job.layout, removed);
      ++(found ? hits_ : misses_);
      if (found) {
        outgoing_.push({.transfer = id,
                        .ordinal = job.next,
                        .block = name,
                        .layout = job.layout,
                        .checksum = found->checksum,
                        .attachment = found->data},
                       cx.now, cx.out);
      }
      ++job.next;
    }
    const auto over = job.next == job.names.size();
    if (over) {
      outgoing_.finish(id, {}, cx.out);
    }
    it = over ? answers_.erase(it) : std::next(it);
  }
  announce({}, std::move(removed), cx);
}

void cache_shard_core::announce(std::vector<block_name> stored, std::vector<block_name> removed,
                                context& cx) {
  if (!stored.empty() || !removed.empty()) {
    log_.append(log_.seq() + 1, stored, removed, cx.now, cx.out);
  }
}

void cache_shard_core::on(const kv_resync& what, context& cx) {
  const auto known = log_.has(cx.sender());
  if (log_.subscribe(cx.sender(), what, cx.out) && !known) {
    watches_.add(cx.sender(), cx.out);
  }
  if (log_.wants_snapshot()) {
    log_.snapshot(log_.seq(), store_.names(), cx.out);
  }
}

void cache_shard_core::on(const status_query&, context& cx) {
  const auto number = [](std::string key, auto value) {
    return fact{std::move(key), std::to_string(value)};
  };
  answer(cx.out, *cx.from,
         status_report{
             .actor = "cache_shard " + config_.node_name,
             .facts = {number("blocks", store_.size()), number("used_bytes", store_.used_bytes()),
                       number("capacity_bytes", store_.capacity_bytes()), number("hits", hits_),
                       number("misses", misses_), number("pinned_bytes", store_.pinned_bytes()),
                       number("transfers_in", incoming_.size()),
                       number("transfers_out", outgoing_.size()), number("pool_seq", log_.seq()),
                       number("subscribers", log_.subscribers())}});
}

void cache_shard_core::on(const heat_query&, context& cx) {
  heat_report told;
  std::uint64_t hits_min = 0;
  for (const auto& band : store_.heat()) {
    told.bands.push_back({.hits_min = hits_min,
                          .blocks = band.blocks,
                          .bytes = band.bytes,
                          .hits = band.hits,
                          .pinned_blocks = band.pinned});
    hits_min = std::max<std::uint64_t>(1, hits_min * 2);
  }
  cx.out.respond(*cx.from, std::move(told));
}

void cache_shard_core::on(const cache_care& what, context& cx) {
  std::vector<block_name> removed;
  block_store::pinned done;
  for (const auto name : what.names) {
    if (what.act == cache_act::evict) {
      done.blocks += store_.evict(name, removed);
    } else {
      const auto one = store_.pin(name, what.act == cache_act::pin);
      done.blocks += one.blocks;
      done.refused += one.refused;
    }
  }
  const auto* act = what.act == cache_act::evict ? "cache evict"
                    : what.act == cache_act::pin ? "cache pin"
                                                 : "cache unpin";
  audit(config_.log, what.who, act,
        std::to_string(done.blocks) + " blocks, " + std::to_string(done.refused) + " refused");
  announce({}, std::move(removed), cx);
  cx.out.respond(*cx.from, cache_cared{.blocks = static_cast<std::uint32_t>(done.blocks),
                                       .refused = static_cast<std::uint32_t>(done.refused)});
}

void cache_shard_core::on_down(const actor_ref& who, const error&, context& cx) {
  watches_.gone(who);
  for (const auto id : outgoing_.to(who)) {
    outgoing_.stopped(id, who, cx.out);
    answers_.erase(id);
  }
  for (const auto id : incoming_.open_from(who)) {
    close(id, cx);
  }
  log_.unsubscribe(who);
}

void cache_shard_core::tick(context& cx) {
  for (const auto id : outgoing_.tick(cx.now, cx.out)) {
    answers_.erase(id);
  }
  std::vector<std::pair<transfer_id, actor_ref>> silent;
  for (const auto& [id, one] : offers_) {
    if (one.heard + config_.part_wait <= cx.now) {
      silent.emplace_back(id, one.from);
    }
  }
  for (const auto& [id, from] : silent) {
    cx.out.tell(from, transfer_stopped{id, {errc::timeout, "no block came in time"}});
    close(id, cx);
  }
  log_.tick(cx.now, cx.out);
  pump(cx);
}

std::optional<time_point> cache_shard_core::next_wake() const {
  auto first = outgoing_.next_wake();
  const auto sooner = [&](std::optional<time_point> at) {
    if (at && (!first || *at < *first)) {
      first = at;
    }
  };
  sooner(log_.next_wake());
  for (const auto& [id, one] : offers_) {
    sooner(one.heard + config_.part_wait);
  }
  return first;
}

void cache_shard_core::check_invariants() const {
  incoming_.check_invariants();
  outgoing_.check_invariants();
  log_.check_invariants();
  store_.check_invariants();
  TROUPE_CHECK(offers_.size() == incoming_.size());
  TROUPE_CHECK(log_.count() <= store_.size());
  for (const auto& [id, job] : answers_) {
    TROUPE_CHECK(outgoing_.is_known(id));
  }
}

} // namespace troupe
