// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/receiving.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

namespace {

bool same_session(const actor_ref& bound, const actor_ref& from) {
  return bound.session == 0 || from.session == 0 || bound.session == from.session;
}

} // namespace

receiving::receiving(const actor_ref& me, bounds limits)
    : limits_(limits), self_(me.node.life), next_number_((me.actor << 40U) + 1) {
}

const receiving::incoming* receiving::find(transfer_id id) const {
  const auto it = table_.find(id);
  return it == table_.end() ? nullptr : &it->second;
}

std::optional<transfer_id> receiving::open(spec what) {
  if (table_.size() >= limits_.transfers_max || what.expected.empty()) {
    return std::nullopt;
  }
  const transfer_id id{self_, next_number_++};
  auto& made = table_[id];
  made.parts.resize(what.expected.size(), part_state::expected);
  made.what = std::move(what);
  ++counts_.transfers;
  return id;
}

bool receiving::accept(const part& what, const actor_ref& from) {
  const auto it = table_.find(what.transfer);
  if (it == table_.end() || !it->second.open || !(it->second.what.sender == from)
      || !same_session(it->second.what.sender, from)) {
    return false;
  }
  auto& entry = it->second;
  if (entry.what.sender.session == 0) {
    entry.what.sender.session = from.session;
  }
  ++entry.arrived;
  const std::uint64_t at = std::uint64_t{what.ordinal} - entry.what.first_ordinal;
  if (what.ordinal < entry.what.first_ordinal || at >= entry.parts.size()
      || entry.parts[at] != part_state::expected || entry.what.expected[at] != what.block
      || entry.what.layout != what.layout || entry.pending >= limits_.pending_parts_max) {
    return false;
  }
  entry.parts[at] = part_state::pending;
  ++entry.pending;
  counts_.bytes += what.attachment.size();
  return true;
}

void receiving::answered(transfer_id id, std::uint32_t ordinal, bool ok) {
  const auto it = table_.find(id);
  if (it == table_.end()) {
    return;
  }
  auto& entry = it->second;
  const auto at = ordinal - entry.what.first_ordinal;
  TROUPE_CHECK(at < entry.parts.size());
  TROUPE_CHECK(entry.parts[at] == part_state::pending);
  entry.parts[at] = ok ? part_state::taken : part_state::failed;
  --entry.pending;
  ++(ok ? entry.taken : entry.failed);
  erase_if_over(id);
}

bool receiving::announced(transfer_id id, const actor_ref& from, std::uint32_t parts) {
  const auto it = table_.find(id);
  if (it == table_.end() || !it->second.open || !(it->second.what.sender == from)) {
    return false;
  }
  it->second.announced = parts;
  return true;
}

bool receiving::is_open(transfer_id id) const {
  const auto* entry = find(id);
  return entry != nullptr && entry->open;
}

bool receiving::is_settled(transfer_id id) const {
  const auto* entry = find(id);
  if (entry == nullptr) {
    return true;
  }
  if (entry->pending > 0) {
    return false;
  }
  return entry->taken + entry->failed == entry->parts.size()
         || (entry->announced && entry->arrived >= *entry->announced);
}

std::uint32_t receiving::pending(transfer_id id) const {
  const auto* entry = find(id);
  return entry == nullptr ? 0 : entry->pending;
}

std::uint32_t receiving::taken(transfer_id id) const {
  const auto* entry = find(id);
  return entry == nullptr ? 0 : entry->taken;
}

bool receiving::is_from(transfer_id id, const actor_ref& who) const {
  const auto* entry = find(id);
  return entry != nullptr && entry->what.sender == who;
}

void receiving::close(transfer_id id) {
  const auto it = table_.find(id);
  if (it != table_.end()) {
    it->second.open = false;
    erase_if_over(id);
  }
}

std::vector<std::uint32_t> receiving::forget(transfer_id id) {
  std::vector<std::uint32_t> outstanding;
  const auto it = table_.find(id);
  if (it == table_.end()) {
    return outstanding;
  }
  const auto& entry = it->second;
  for (std::uint32_t at = 0; at < entry.parts.size(); ++at) {
    if (entry.parts[at] == part_state::pending) {
      outstanding.push_back(entry.what.first_ordinal + at);
    }
  }
  table_.erase(it);
  return outstanding;
}

void receiving::erase_if_over(transfer_id id) {
  const auto it = table_.find(id);
  if (it != table_.end() && !it->second.open && it->second.pending == 0) {
    table_.erase(it);
  }
}

std::vector<transfer_id> receiving::open_from(const actor_ref& sender) const {
  std::vector<transfer_id> found;
  for (const auto& [id, entry] : table_) {
    if (entry.open && entry.what.sender == sender) {
      found.push_back(id);
    }
  }
  return found;
}

void receiving::check_invariants() const {
  TROUPE_CHECK(table_.size() <= limits_.transfers_max);
  for (const auto& [id, entry] : table_) {
    TROUPE_CHECK(id.receiver == self_);
    TROUPE_CHECK(id.number < next_number_);
    TROUPE_CHECK(entry.pending <= limits_.pending_parts_max);
    TROUPE_CHECK(entry.open || entry.pending > 0);
    const auto count = [&](part_state s) {
      return std::ranges::count(entry.parts, s);
    };
    TROUPE_CHECK(count(part_state::pending) == entry.pending);
    TROUPE_CHECK(count(part_state::taken) == entry.taken);
    TROUPE_CHECK(count(part_state::failed) == entry.failed);
  }
}

} // namespace troupe
