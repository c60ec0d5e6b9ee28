// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// The log of a pool (worker or shard), by which routers know what is where. Numbers count log
/// entries of one epoch without gaps; a gap is mended by `kv_resync`.
namespace troupe {

enum class kv_tier : std::uint8_t { device = 0, host = 1, disk = 2 };
constexpr kv_tier last_enumerator(kv_tier) {
  return kv_tier::disk;
}

/// ROUTER to POOL OWNER: send me a snapshot, then the log from it on.
struct kv_resync {
  static constexpr wire_type type = 40;
  static constexpr std::string_view name = "kv_resync";
  static constexpr traffic traffic_class = traffic::free;

  std::uint64_t have_epoch = 0;
  std::uint64_t have_seq = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "have_epoch", &kv_resync::have_epoch),
                      field(2, "have_seq", &kv_resync::have_seq)};
  }
};

/// POOL OWNER to ROUTERS: the next log entry.
struct kv_delta {
  static constexpr wire_type type = 41;
  static constexpr std::string_view name = "kv_delta";
  static constexpr traffic traffic_class = traffic::ordered;

  worker_id pool;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  kv_tier tier = kv_tier::device;
  std::vector<block_name> stored;
  std::vector<block_name> removed;

  static constexpr auto fields() {
    return std::tuple{field(1, "pool", &kv_delta::pool),
                      field(2, "epoch", &kv_delta::epoch),
                      field(3, "seq", &kv_delta::seq),
                      field(4, "tier", &kv_delta::tier),
                      field(5, "stored", &kv_delta::stored, limits::kv_names_max),
                      field(6, "removed", &kv_delta::removed, limits::kv_names_max)};
  }
};

/// POOL OWNER to ROUTER: a part of everything in the pool as of a log entry.
struct kv_snapshot {
  static constexpr wire_type type = 42;
  static constexpr std::string_view name = "kv_snapshot";
  static constexpr traffic traffic_class = traffic::ordered;

  worker_id pool;
  std::uint64_t epoch = 0;
  std::uint64_t as_of = 0;
  std::uint32_t part = 0;
  bool last = false;
  kv_tier tier = kv_tier::device;
  std::vector<block_name> names;

  static constexpr auto fields() {
    return std::tuple{field(1, "pool", &kv_snapshot::pool),
                      field(2, "epoch", &kv_snapshot::epoch),
                      field(3, "as_of", &kv_snapshot::as_of),
                      field(4, "part", &kv_snapshot::part),
                      field(5, "last", &kv_snapshot::last),
                      field(6, "tier", &kv_snapshot::tier),
                      field(7, "names", &kv_snapshot::names, limits::kv_names_max)};
  }
};

/// POOL OWNER to ROUTERS, now and then: what the index must amount to at this seq.
struct kv_digest {
  static constexpr wire_type type = 43;
  static constexpr std::string_view name = "kv_digest";
  static constexpr traffic traffic_class = traffic::state;

  worker_id pool;
  std::uint64_t epoch = 0;
  std::uint64_t seq = 0;
  std::uint64_t count = 0;
  hash128 names_xor;

  static constexpr auto fields() {
    return std::tuple{field(1, "pool", &kv_digest::pool), field(2, "epoch", &kv_digest::epoch),
                      field(3, "seq", &kv_digest::seq), field(4, "count", &kv_digest::count),
                      field(5, "names_xor", &kv_digest::names_xor)};
  }
};

} // namespace troupe
