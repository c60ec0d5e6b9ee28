// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/sending.hpp"

#include "actors/core/answer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <utility>

namespace troupe {

bool sending::begin(transfer_id id, const delivery& asked, bool foreground, time_point now,
                    outbox& out) {
  if (table_.size() >= limits_.transfers_max || table_.contains(id)) {
    return false;
  }
  auto& made = table_[id];
  made.asked = address_of(asked);
  made.foreground = foreground;
  made.heard = now;
  watches_.add(asked.from, out);
  ++counts_.transfers;
  return true;
}

void sending::push(part what, time_point now, outbox& out) {
  const auto it = table_.find(what.transfer);
  if (it == table_.end() || it->second.end) {
    return;
  }
  auto& entry = it->second;
  if (entry.unacked.empty()) {
    entry.heard = now;
  }
  ++entry.pushed;
  entry.queue.push_back(std::move(what));
  advance(it, out);
}

void sending::finish(transfer_id id, transfer_done what, outbox& out) {
  const auto it = table_.find(id);
  if (it == table_.end() || it->second.end) {
    return;
  }
  what.transfer = id;
  what.parts = it->second.pushed;
  it->second.end = what;
  advance(it, out);
}

void sending::stop(transfer_id id, error why, outbox& out) {
  const auto it = table_.find(id);
  if (it == table_.end()) {
    return;
  }
  if (!it->second.end_sent) {
    answer(out, it->second.asked, transfer_stopped{.transfer = id, .why = std::move(why)});
  }
  erase(it, out);
}

bool sending::stopped(transfer_id id, const actor_ref& from, outbox& out) {
  const auto it = table_.find(id);
  if (it == table_.end() || !(it->second.asked.from == from)) {
    return false;
  }
  // The receiver's request stays open until it is answered, even if it is the one who stopped.
  if (!it->second.end_sent) {
    out.respond(it->second.asked,
                transfer_stopped{.transfer = id, .why = {errc::cancelled, "stopped by receiver"}});
  }
  erase(it, out);
  return true;
}

void sending::acked(const part_ack& what, const actor_ref& from, time_point now, outbox& out) {
  const auto it = table_.find(what.transfer);
  if (it == table_.end() || !(it->second.asked.from == from)
      || it->second.unacked.erase(what.ordinal) == 0) {
    return;
  }
  it->second.heard = now;
  advance(it, out);
}

std::size_t sending::backlog(transfer_id id) const {
  const auto it = table_.find(id);
  return it == table_.end() ? 0 : it->second.queue.size() + it->second.unacked.size();
}

std::vector<transfer_id> sending::to(const actor_ref& receiver) const {
  std::vector<transfer_id> found;
  for (const auto& [id, entry] : table_) {
    if (entry.asked.from == receiver) {
      found.push_back(id);
    }
  }
  return found;
}

std::vector<transfer_id> sending::tick(time_point now, outbox& out) {
  std::vector<transfer_id> late;
  for (const auto& [id, entry] : table_) {
    if (!entry.unacked.empty() && entry.heard + limits_.ack_wait <= now) {
      late.push_back(id);
    }
  }
  for (const auto id : late) {
    stop(
        id,
        {errors::transfer_failed, "the receiver acknowledged no part in time; ask again", "", true},
        out);
  }
  return late;
}

std::optional<time_point> sending::next_wake() const {
  std::optional<time_point> first;
  for (const auto& [id, entry] : table_) {
    if (const auto at = entry.heard + limits_.ack_wait;
        !entry.unacked.empty() && (!first || at < *first)) {
      first = at;
    }
  }
  return first;
}

void sending::advance(table::iterator it, outbox& out) {
  auto& entry = it->second;
  while (!entry.queue.empty() && entry.unacked.size() < limits_.window_parts) {
    entry.unacked.insert(entry.queue.front().ordinal);
    counts_.bytes += entry.queue.front().attachment.size();
    out.tell(entry.asked.from, std::move(entry.queue.front()));
    entry.queue.pop_front();
  }
  if (entry.end && !entry.end_sent && entry.queue.empty()) {
    answer(out, entry.asked, *entry.end);
    entry.end_sent = true;
  }
  if (entry.end_sent && entry.unacked.empty()) {
    erase(it, out);
  }
}

bool sending::foreground_busy() const {
  return std::ranges::any_of(table_, [](const auto& one) {
    return one.second.foreground && !(one.second.queue.empty() && one.second.unacked.empty());
  });
}

void sending::erase(table::iterator it, outbox& out) {
  watches_.drop(it->second.asked.from, out);
  table_.erase(it);
}

void sending::check_invariants() const {
  TROUPE_CHECK(table_.size() <= limits_.transfers_max);
  for (const auto& [id, entry] : table_) {
    TROUPE_CHECK(entry.unacked.size() <= limits_.window_parts);
    TROUPE_CHECK(entry.queue.empty() || entry.unacked.size() == limits_.window_parts);
    TROUPE_CHECK(entry.pushed >= entry.queue.size() + entry.unacked.size());
    TROUPE_CHECK(!entry.end_sent || entry.queue.empty());
  }
}

} // namespace troupe
