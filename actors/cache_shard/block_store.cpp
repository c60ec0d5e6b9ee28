// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shard/block_store.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <bit>

namespace troupe {

bool block_store::put(block_name name, layout_id layout, std::uint64_t checksum, bytes_view data,
                      std::vector<block_name>& evicted) {
  const key which{name, layout};
  if (data.empty() || data.size() > capacity_bytes_ - pinned_bytes_ || blocks_.contains(which)
      || hash64(data) != checksum) {
    return false;
  }
  make_room(data.size(), evicted);
  if (fails(store_act::put)) {
    return false;
  }
  auto& made = blocks_[which];
  made.what = {blob(bytes(data.begin(), data.end())), checksum};
  made.place = once_.insert(once_.end(), which);
  used_bytes_ += data.size();
  return true;
}

std::optional<block_store::copy> block_store::get(block_name name, layout_id layout,
                                                  std::vector<block_name>& evicted) {
  const auto it = blocks_.find({name, layout});
  if (it == blocks_.end() || fails(store_act::get)) {
    return std::nullopt;
  }
  auto& found = it->second;
  if (hash64(found.what.data.view()) != found.what.checksum) {
    drop(it, evicted);
    return std::nullopt;
  }
  ++found.hits;
  if (found.on != shelf::pinned) {
    put_on(shelf::reused, found);
  }
  while (reused_bytes_ > capacity_bytes_ / 5 * 4 && reused_.size() > 1) {
    put_on(shelf::once, blocks_.at(reused_.front()));
  }
  return found.what;
}

std::list<block_store::key>& block_store::list_of(shelf which) {
  return which == shelf::once ? once_ : which == shelf::reused ? reused_ : pinned_;
}

// To the warm end of that list.
void block_store::put_on(shelf to, kept& block) {
  const auto size = block.what.data.size();
  reused_bytes_ -= block.on == shelf::reused ? size : 0;
  pinned_bytes_ -= block.on == shelf::pinned ? size : 0;
  auto& into = list_of(to);
  into.splice(into.end(), list_of(block.on), block.place);
  block.on = to;
  reused_bytes_ += to == shelf::reused ? size : 0;
  pinned_bytes_ += to == shelf::pinned ? size : 0;
}

std::size_t block_store::evict(block_name name, std::vector<block_name>& evicted) {
  std::size_t gone = 0;
  for (auto it = blocks_.lower_bound({name, {}}); it != blocks_.end() && it->first.first == name;
       it = blocks_.lower_bound({name, {}})) {
    drop(it, evicted);
    ++gone;
  }
  return gone;
}

block_store::pinned block_store::pin(block_name name, bool on) {
  pinned done;
  for (auto it = blocks_.lower_bound({name, {}}); it != blocks_.end() && it->first.first == name;
       ++it) {
    auto& block = it->second;
    const bool has_room = pinned_bytes_ + block.what.data.size() <= capacity_bytes_ / 2;
    if (on && block.on != shelf::pinned && !has_room) {
      ++done.refused;
      continue;
    }
    ++done.blocks;
    if (on && block.on != shelf::pinned) {
      put_on(shelf::pinned, block);
    } else if (!on && block.on == shelf::pinned) {
      put_on(block.hits > 0 ? shelf::reused : shelf::once, block);
    }
  }
  return done;
}

std::vector<block_store::band> block_store::heat() const {
  std::vector<band> bands;
  for (const auto& [which, block] : blocks_) {
    const auto no = std::min(static_cast<std::size_t>(std::bit_width(block.hits)), bands_max - 1);
    bands.resize(std::max(bands.size(), no + 1));
    auto& into = bands[no];
    ++into.blocks;
    into.bytes += block.what.data.size();
    into.hits += block.hits;
    into.pinned += block.on == shelf::pinned ? 1 : 0;
  }
  return bands;
}

void block_store::make_room(std::size_t size_bytes, std::vector<block_name>& evicted) {
  while (used_bytes_ + size_bytes > capacity_bytes_) {
    const auto& coldest = once_.empty() ? reused_.front() : once_.front();
    drop(blocks_.find(coldest), evicted);
  }
}

void block_store::drop(table::iterator it, std::vector<block_name>& evicted) {
  const auto name = it->first.first;
  const auto size = it->second.what.data.size();
  used_bytes_ -= size;
  reused_bytes_ -= it->second.on == shelf::reused ? size : 0;
  pinned_bytes_ -= it->second.on == shelf::pinned ? size : 0;
  list_of(it->second.on).erase(it->second.place);
  blocks_.erase(it);
  if (!has_name(name)) {
    evicted.push_back(name);
  }
}

bool block_store::has_name(block_name name) const {
  const auto it = blocks_.lower_bound({name, {}});
  return it != blocks_.end() && it->first.first == name;
}

std::vector<block_name> block_store::names() const {
  std::vector<block_name> found;
  for (const auto& [which, block] : blocks_) {
    if (found.empty() || found.back() != which.first) {
      found.push_back(which.first);
    }
  }
  return found;
}

void block_store::check_invariants() const {
  TROUPE_CHECK(used_bytes_ <= capacity_bytes_);
  TROUPE_CHECK(reused_bytes_ + pinned_bytes_ <= used_bytes_);
  TROUPE_CHECK(pinned_bytes_ <= capacity_bytes_ / 2);
  TROUPE_CHECK(once_.size() + reused_.size() + pinned_.size() == blocks_.size());
}

} // namespace troupe
