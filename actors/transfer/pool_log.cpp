// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/transfer/pool_log.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>

namespace troupe {

bool pool_log::subscribe(const actor_ref& who, const kv_resync& have, outbox& out) {
  if (!subscribers_.contains(who) && subscribers_.size() >= options_.subscribers_max) {
    return false;
  }
  auto& subscriber = subscribers_[who];
  if (have.have_epoch == options_.epoch && have.have_seq == seq_) {
    subscriber.waits_since.reset();
    out.tell(who, digest());
  } else {
    subscriber.waits_since = seq_;
  }
  return true;
}

bool pool_log::wants_snapshot() {
  const auto waits = [](const auto& s) {
    return s.second.waits_since.has_value();
  };
  if (snapshot_asked_ || std::ranges::none_of(subscribers_, waits)) {
    return false;
  }
  snapshot_asked_ = true;
  return true;
}

void pool_log::snapshot(std::uint64_t as_of, const std::vector<block_name>& names, outbox& out) {
  snapshot_asked_ = false;
  const auto claimed = options_.eager_snapshot ? std::max(as_of, seq_) + 1 : as_of;
  const auto parts =
      std::max<std::size_t>(1, (names.size() + limits::kv_names_max - 1) / limits::kv_names_max);
  for (auto& [who, subscriber] : subscribers_) {
    if (!subscriber.waits_since || *subscriber.waits_since > as_of) {
      continue;
    }
    subscriber.waits_since.reset();
    for (std::size_t i = 0; i < parts; ++i) {
      const auto from = i * limits::kv_names_max;
      const auto to = std::min(names.size(), from + limits::kv_names_max);
      out.tell(who, kv_snapshot{.pool = options_.pool,
                                .epoch = options_.epoch,
                                .as_of = claimed,
                                .part = static_cast<std::uint32_t>(i),
                                .last = i + 1 == parts,
                                .tier = options_.tier,
                                .names = {names.begin() + static_cast<std::ptrdiff_t>(from),
                                          names.begin() + static_cast<std::ptrdiff_t>(to)}});
    }
  }
}

void pool_log::append(std::uint64_t seq, const std::vector<block_name>& stored,
                      const std::vector<block_name>& removed, time_point now, outbox& out) {
  TROUPE_CHECK(seq == seq_ + 1);
  TROUPE_CHECK(stored.size() <= limits::kv_names_max);
  TROUPE_CHECK(removed.size() <= limits::kv_names_max);
  seq_ = seq;
  for (const auto name : stored) {
    add(name, 1);
  }
  for (const auto name : removed) {
    add(name, -1);
  }
  for (const auto& [who, subscriber] : subscribers_) {
    out.tell(who, kv_delta{.pool = options_.pool,
                           .epoch = options_.epoch,
                           .seq = seq,
                           .tier = options_.tier,
                           .stored = stored,
                           .removed = removed});
  }
  if (!digest_due_) {
    digest_due_ = now + options_.digest_every;
  }
}

void pool_log::add(block_name name, std::int64_t sign) {
  TROUPE_CHECK(sign > 0 || count_ > 0);
  count_ += static_cast<std::uint64_t>(sign);
  names_xor_.high ^= name.value.high;
  names_xor_.low ^= name.value.low;
}

void pool_log::tick(time_point now, outbox& out) {
  if (!digest_due_ || *digest_due_ > now) {
    return;
  }
  digest_due_.reset();
  for (const auto& [who, subscriber] : subscribers_) {
    out.tell(who, digest());
  }
}

std::optional<time_point> pool_log::next_wake() const {
  return digest_due_;
}

kv_digest pool_log::digest() const {
  return {.pool = options_.pool,
          .epoch = options_.epoch,
          .seq = seq_,
          .count = count_,
          .names_xor = names_xor_};
}

void pool_log::check_invariants() const {
  TROUPE_CHECK(subscribers_.size() <= options_.subscribers_max);
  TROUPE_CHECK(count_ > 0 || names_xor_ == hash128{});
}

} // namespace troupe
