// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/prefix_index.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <iterator>

namespace troupe::engine {

void prefix_index::store(block_name name, slot_id slot, page_kind kind) {
  const auto inserted = slots_.emplace(name, slot).second;
  TROUPE_CHECK(inserted);
  if (kind == page_kind::first && !kept_.contains(name)) {
    changes_.push_back({name, true});
  }
}

void prefix_index::remove(block_name name, page_kind kind) {
  const auto erased = slots_.erase(name);
  TROUPE_CHECK(erased == 1);
  if (kind == page_kind::first && !kept_.contains(name)) {
    changes_.push_back({name, false});
  }
}

void prefix_index::keep(block_name name) {
  if (kept_.insert(name).second && !slots_.contains(name)) {
    changes_.push_back({name, true});
  }
}

void prefix_index::unkeep(block_name name) {
  if (kept_.erase(name) == 1 && !slots_.contains(name)) {
    changes_.push_back({name, false});
  }
}

std::vector<block_name> prefix_index::kept_only() const {
  std::vector<block_name> names;
  std::ranges::copy_if(kept_, std::back_inserter(names),
                       [this](block_name name) { return !slots_.contains(name); });
  std::ranges::sort(names);
  return names;
}

std::optional<slot_id> prefix_index::find(block_name name) const {
  const auto at = slots_.find(name);
  return at != slots_.end() ? std::optional{at->second} : std::nullopt;
}

std::uint32_t prefix_index::longest_prefix(std::span<const block_name> chain) const {
  std::uint32_t count = 0;
  while (count < chain.size() && slots_.contains(chain[count])) {
    ++count;
  }
  return count;
}

std::optional<pool_log_entry> prefix_index::take_log() {
  // Changes of one name alternate, so an even number of them is none, and of an odd number the last
  // one is the outcome.
  std::unordered_map<block_name, bool> outcome;
  for (const auto& [name, stored] : changes_) {
    if (!outcome.emplace(name, stored).second) {
      outcome.erase(name);
    }
  }
  pool_log_entry entry;
  std::unordered_set<block_name> listed;
  for (auto last = changes_.rbegin(); last != changes_.rend(); ++last) {
    if (outcome.contains(last->name) && listed.insert(last->name).second) {
      (last->stored ? entry.stored : entry.removed).push_back(last->name);
    }
  }
  std::ranges::reverse(entry.stored);
  std::ranges::reverse(entry.removed);
  changes_.clear();
  if (entry.stored.empty() && entry.removed.empty()) {
    return std::nullopt;
  }
  entry.seq = ++seq_;
  return entry;
}

} // namespace troupe::engine
