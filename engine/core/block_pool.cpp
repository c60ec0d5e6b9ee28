// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/block_pool.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe::engine {

block_pool::block_pool(std::uint32_t slots, tagger tag, bool no_limbo, kv_groups groups,
                       std::uint32_t window_blocks)
    : table_(slots),
      no_limbo_(no_limbo),
      groups_(groups),
      window_blocks_(window_blocks),
      tag_(std::move(tag)) {
  free_.reserve(slots);
  for (slot_id id = slots; id-- > 0;) {
    free_.push_back(id);
  }
  counts_[0] = slots;
}

std::optional<slot_id> block_pool::allocate(std::uint64_t writer) {
  if (available() == 0) {
    return std::nullopt;
  }
  if (free_.empty()) {
    auto victim = oldest_;
    while (!table_[victim].evictable()) {
      victim = table_[victim].newer;
    }
    unlink(victim);
    index_.remove(table_[victim].name, table_[victim].kind);
    make_free(victim);
  }
  const auto id = free_.back();
  free_.pop_back();
  become(id, slot_state::owned);
  tag_(id, {}, writer);
  return id;
}

void block_pool::release(slot_id id) {
  TROUPE_CHECK(table_[id].state == slot_state::owned);
  if (!no_limbo_ && (in_step_ || table_[id].transfers > 0)) {
    table_[id].busy = in_step_;
    if (in_step_) {
      busy_.push_back(id);
    }
    become(id, slot_state::limbo);
    limbo_.push_back(id);
  } else {
    make_free(id);
  }
}

void block_pool::share(slot_id id, block_name name, page_kind kind) {
  auto& rec = table_[id];
  TROUPE_CHECK(rec.state == slot_state::owned);
  index_.store(name, id, kind);
  become(id, slot_state::shared);
  rec.name = name;
  rec.kind = kind;
  rec.holders = 1;
  tag_(id, name, nobody_writes);
}

std::optional<slot_id> block_pool::hold(block_name name) {
  const auto id = index_.find(name);
  if (id) {
    unlink(*id);
    ++table_[*id].holders;
  }
  return id;
}

void block_pool::let_go(slot_id id) {
  auto& rec = table_[id];
  TROUPE_CHECK(rec.state == slot_state::shared);
  TROUPE_CHECK(rec.holders > 0);
  --rec.holders;
  rec.busy = in_step_ && !no_limbo_;
  if (rec.holders == 0) {
    link_newest(id);
  }
}

void block_pool::begin_transfer(slot_id id) {
  TROUPE_CHECK(table_[id].state != slot_state::free);
  update(id, [](record& rec) { ++rec.transfers; });
}

void block_pool::end_transfer(slot_id id) {
  if (no_limbo_ && table_[id].transfers == 0) {
    return;
  }
  TROUPE_CHECK(table_[id].transfers > 0);
  update(id, [](record& rec) { --rec.transfers; });
  settle_limbo();
}

void block_pool::begin_step() {
  TROUPE_CHECK(!in_step_);
  in_step_ = true;
}

void block_pool::end_step() {
  TROUPE_CHECK(in_step_);
  in_step_ = false;
  for (const auto id : busy_) {
    update(id, [](record& rec) { rec.busy = false; });
  }
  busy_.clear();
  settle_limbo();
}

std::vector<block_name> block_pool::names() const {
  std::vector<block_name> names;
  names.reserve(index_.size());
  for (const auto& rec : table_) {
    if (rec.state == slot_state::shared && rec.kind == page_kind::first) {
      names.push_back(rec.name);
    }
  }
  const auto kept = index_.kept_only();
  names.insert(names.end(), kept.begin(), kept.end());
  return names;
}

void block_pool::become(slot_id id, slot_state state) {
  --counts_[static_cast<std::size_t>(table_[id].state)];
  ++counts_[static_cast<std::size_t>(state)];
  table_[id].state = state;
}

void block_pool::make_free(slot_id id) {
  become(id, slot_state::free);
  auto& rec = table_[id];
  rec.busy = false;
  rec.name = {};
  if (no_limbo_) {
    rec.transfers = 0;
  }
  free_.push_back(id);
  tag_(id, {}, 0);
}

template <class F>
void block_pool::update(slot_id id, F change) {
  evictable_count_ -= table_[id].evictable() ? 1 : 0;
  change(table_[id]);
  evictable_count_ += table_[id].evictable() ? 1 : 0;
}

void block_pool::link_newest(slot_id id) {
  if (table_[id].busy) {
    busy_.push_back(id);
  }
  update(id, [this](record& rec) {
    rec.idle = true;
    rec.older = newest_;
    rec.newer = none;
  });
  (newest_ == none ? oldest_ : table_[newest_].newer) = id;
  newest_ = id;
}

void block_pool::unlink(slot_id id) {
  auto& rec = table_[id];
  if (!rec.idle) {
    return;
  }
  update(id, [](record& idle) { idle.idle = false; });
  (rec.older == none ? oldest_ : table_[rec.older].newer) = rec.newer;
  (rec.newer == none ? newest_ : table_[rec.newer].older) = rec.older;
}

void block_pool::settle_limbo() {
  std::erase_if(limbo_, [this](slot_id id) {
    const auto& rec = table_[id];
    const auto settled = !rec.busy && rec.transfers == 0;
    if (settled) {
      make_free(id);
    }
    return settled;
  });
}

std::uint64_t block_pool::holders() const {
  std::uint64_t sum = 0;
  for (const auto& rec : table_) {
    sum += rec.holders;
  }
  return sum;
}

void block_pool::check_invariants() const {
  std::array<std::uint32_t, 4> seen{};
  std::uint32_t evictable = 0;
  for (slot_id id = 0; id < table_.size(); ++id) {
    const auto& rec = table_[id];
    ++seen[static_cast<std::size_t>(rec.state)];
    const auto shared = rec.state == slot_state::shared;
    TROUPE_CHECK(shared || rec.holders == 0);
    TROUPE_CHECK(!shared || index_.find(rec.name) == id);
    TROUPE_CHECK(rec.state != slot_state::free || rec.transfers == 0);
    TROUPE_CHECK(rec.idle == (shared && rec.holders == 0));
    TROUPE_CHECK(!rec.idle || !rec.busy || in_step_);
    evictable += rec.evictable() ? 1 : 0;
  }
  TROUPE_CHECK(seen == counts_);
  TROUPE_CHECK(seen[0] + seen[1] + seen[2] + seen[3] == slots());
  TROUPE_CHECK(free_.size() == seen[0]);
  TROUPE_CHECK(index_.size() == seen[2]);
  TROUPE_CHECK(limbo_.size() == seen[3]);
  TROUPE_CHECK(evictable == evictable_count_);
}

} // namespace troupe::engine
