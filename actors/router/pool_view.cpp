// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/router/pool_view.hpp"

namespace troupe {

namespace {

constexpr std::size_t waiting_deltas_max = 65'536;

} // namespace

void pool_view::insert(block_name name) {
  if (names_.size() < names_max_ && names_.insert(name).second) {
    names_xor_.high ^= name.value.high;
    names_xor_.low ^= name.value.low;
  }
}

void pool_view::remove(block_name name) {
  if (names_.erase(name) != 0) {
    names_xor_.high ^= name.value.high;
    names_xor_.low ^= name.value.low;
  }
}

void pool_view::forget(std::uint64_t epoch) {
  names_.clear();
  names_xor_ = {};
  waiting_.clear();
  epoch_ = epoch;
  seq_ = 0;
  following_ = false;
  arriving_ = false;
  next_part_ = 0;
}

void pool_view::change(const kv_delta& what) {
  for (const auto name : what.removed) {
    remove(name);
  }
  for (const auto name : what.stored) {
    insert(name);
  }
  seq_ = what.seq;
}

pool_view::outcome pool_view::apply(const kv_delta& what) {
  if (what.epoch != epoch_) {
    forget(what.epoch);
    return outcome::resync;
  }
  if (!following_) {
    if (eager_ && arriving_) {
      change(what);
      return outcome::ok;
    }
    if (waiting_.size() >= waiting_deltas_max) {
      forget(what.epoch);
      return outcome::resync;
    }
    waiting_.push_back(what);
    return outcome::ok;
  }
  if (what.seq <= seq_) {
    return outcome::ok;
  }
  if (what.seq != seq_ + 1) {
    forget(what.epoch);
    return outcome::resync;
  }
  change(what);
  return outcome::ok;
}

pool_view::outcome pool_view::apply(const kv_snapshot& what) {
  if (what.part == 0) {
    auto kept = what.epoch == epoch_ ? std::move(waiting_) : std::deque<kv_delta>{};
    forget(what.epoch);
    waiting_ = std::move(kept);
    arriving_ = true;
  }
  if (what.epoch != epoch_ || !arriving_ || what.part != next_part_) {
    return outcome::ok; // Of a snapshot that a newer one or a newer epoch has replaced.
  }
  ++next_part_;
  for (const auto name : what.names) {
    insert(name);
  }
  if (!what.last) {
    return outcome::ok;
  }
  arriving_ = false;
  following_ = true;
  if (eager_ && seq_ > what.as_of) {
    waiting_.clear();
    return outcome::ok;
  }
  seq_ = what.as_of;
  const auto waiting = std::move(waiting_);
  waiting_.clear();
  for (const auto& delta : waiting) {
    if (apply(delta) == outcome::resync) {
      return outcome::resync;
    }
  }
  return outcome::ok;
}

pool_view::outcome pool_view::check(const kv_digest& what) const {
  const bool comparable = following_ && what.epoch == epoch_ && what.seq == seq_;
  const bool equal = what.count == names_.size() && what.names_xor == names_xor_;
  return comparable && !equal ? outcome::resync : outcome::ok;
}

} // namespace troupe
