// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/cache_shard/block_store.hpp"

#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

namespace troupe {

bool block_store::put(block_name name, layout_id layout, std::uint64_t checksum, bytes_view data,
                      std::vector<block_name>& evicted) {
  const key which{name, layout};
  if (data.empty() || data.size() > capacity_bytes_ || blocks_.contains(which)
      || hash64(data) != checksum) {
    return false;
  }
  make_room(data.size(), evicted);
  auto& made = blocks_[which];
  made.what = {blob(bytes(data.begin(), data.end())), checksum};
  made.place = once_.insert(once_.end(), which);
  used_bytes_ += data.size();
  return true;
}

std::optional<block_store::copy> block_store::get(block_name name, layout_id layout,
                                                  std::vector<block_name>& evicted) {
  const auto it = blocks_.find({name, layout});
  if (it == blocks_.end()) {
    return std::nullopt;
  }
  auto& found = it->second;
  if (hash64(found.what.data.view()) != found.what.checksum) {
    drop(it, evicted);
    return std::nullopt;
  }
  if (!found.reused) {
    reused_bytes_ += found.what.data.size();
  }
  reused_.splice(reused_.end(), found.reused ? reused_ : once_, found.place);
  found.reused = true;
  while (reused_bytes_ > capacity_bytes_ / 5 * 4 && reused_.size() > 1) {
    auto& coldest = blocks_.at(reused_.front());
    once_.splice(once_.end(), reused_, coldest.place);
    coldest.reused = false;
    reused_bytes_ -= coldest.what.data.size();
  }
  return found.what;
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
  reused_bytes_ -= it->second.reused ? size : 0;
  (it->second.reused ? reused_ : once_).erase(it->second.place);
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
  TROUPE_CHECK(reused_bytes_ <= used_bytes_);
  TROUPE_CHECK(once_.size() + reused_.size() == blocks_.size());
}

} // namespace troupe
