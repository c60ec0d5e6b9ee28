// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/worker/offers.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

constexpr duration answer_wait = 5s;

} // namespace

void offers::watch(engine::sequence_id sequence, const identity& who, block_name head,
                   std::vector<block_name> names) {
  if (names.empty() || shared_.others.shards().empty()
      || owner_.size() + names.size() > shared_.config.limits.offer_names_max) {
    return;
  }
  for (const auto name : names) {
    owner_.emplace(name, sequence);
  }
  watched_[sequence] = {who, head, std::move(names)};
}

void offers::unwatch(engine::sequence_id sequence) {
  const auto it = watched_.find(sequence);
  if (it == watched_.end()) {
    return;
  }
  for (const auto name : it->second.names) {
    if (const auto owner = owner_.find(name); owner != owner_.end() && owner->second == sequence) {
      owner_.erase(owner);
    }
  }
  watched_.erase(it);
}

void offers::stored(const std::vector<block_name>& names) {
  for (const auto name : names) {
    const auto owner = owner_.find(name);
    if (owner == owner_.end()) {
      continue;
    }
    const auto& source = watched_.at(owner->second);
    owner_.erase(owner);
    if (waiting_.empty() || waiting_.back().head != source.head || waiting_.back().who != source.who
        || waiting_.back().names.size() >= limits::prompt_blocks_max) {
      waiting_.push_back({source.who, source.head, {}});
    }
    waiting_.back().names.push_back(name);
    ++waiting_names_;
  }
  while (waiting_names_ > shared_.config.limits.offer_names_max) {
    waiting_names_ -= waiting_.front().names.size();
    waiting_.pop_front();
  }
}

void offers::pump(context& cx) {
  while (!waiting_.empty() && size() < shared_.config.limits.offers_max
         && !shared_.outgoing.foreground_busy() && !shared_.is_closed) {
    auto batch = std::move(waiting_.front());
    waiting_.pop_front();
    waiting_names_ -= batch.names.size();
    const auto shard = shared_.others.shard_for(batch.head);
    if (!shard) {
      continue;
    }
    const auto number = ++last_offer_;
    const auto request = cx.out.request(
        *shard,
        kv_put{.offer = number,
               .who = batch.who,
               .names = batch.names,
               .layout = shared_.config.card->layout,
               .block_bytes = static_cast<std::uint32_t>(shared_.config.block_bytes)},
        cx.now + answer_wait);
    asked_[number] = {*shard, request, std::move(batch.names)};
  }
}

void offers::on(const transfer_open& what, context& cx) {
  take(what, cx.sender(), cx);
}

bool offers::on_response(std::uint64_t request, const delivery& answer, context& cx) {
  const auto it =
      std::ranges::find_if(asked_, [&](const auto& one) { return one.second.request == request; });
  if (it == asked_.end()) {
    return false;
  }
  if (const auto* open = answer.body.as<transfer_open>();
      open != nullptr && open->offer == it->first) {
    take(*open, it->second.shard, cx);
  } else {
    asked_.erase(it);
  }
  return true;
}

void offers::take(const transfer_open& what, actor_ref from, context& cx) {
  const auto it = asked_.find(what.offer);
  if (it == asked_.end() || !(it->second.shard == from)) {
    return;
  }
  const auto offered = std::move(it->second.names);
  asked_.erase(it);
  // Only what was offered leaves the pool this way.
  auto wanted = what.names;
  std::erase_if(wanted,
                [&](block_name name) { return std::ranges::find(offered, name) == offered.end(); });
  if (wanted.empty()) {
    return;
  }
  if (wanted.size() == what.names.size()
      && exports_.begin(what.transfer, {.from = from}, std::move(wanted), false, cx)) {
    pushing_.insert(what.transfer);
  } else {
    cx.out.tell(from, transfer_stopped{what.transfer, {errc::overloaded, "offer withdrawn"}});
  }
}

void offers::ended(const sending& open) {
  std::erase_if(pushing_, [&](transfer_id id) { return !open.is_known(id); });
}

void offers::check_invariants() const {
  TROUPE_CHECK(size() <= shared_.config.limits.offers_max);
  TROUPE_CHECK(owner_.size() <= shared_.config.limits.offer_names_max);
  TROUPE_CHECK(waiting_names_ <= shared_.config.limits.offer_names_max);
}

} // namespace troupe
