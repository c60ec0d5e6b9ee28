// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/limits.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/codec/fields.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

/// What operators see of the blocks of a cache shard, and do with them.
namespace troupe {

/// OPERATOR to CACHE_SHARD (request): how often is asked for what you keep?
struct heat_query {
  static constexpr wire_type type = 154;
  static constexpr std::string_view name = "heat_query";
  static constexpr traffic traffic_class = traffic::free;

  static constexpr auto fields() { return std::tuple{}; }
};

/// Blocks that were asked for about as often.
struct heat_band {
  std::uint64_t hits_min = 0; ///< Up to below the next band's.
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  std::uint64_t hits = 0; ///< Of all of them, since each came.
  std::uint64_t pinned_blocks = 0;

  static constexpr auto fields() {
    return std::tuple{field(1, "hits_min", &heat_band::hits_min),
                      field(2, "blocks", &heat_band::blocks), field(3, "bytes", &heat_band::bytes),
                      field(4, "hits", &heat_band::hits),
                      field(5, "pinned_blocks", &heat_band::pinned_blocks)};
  }
};

/// CACHE_SHARD: bands by powers of two, the coldest first.
struct heat_report {
  static constexpr wire_type type = 155;
  static constexpr std::string_view name = "heat_report";
  static constexpr traffic traffic_class = traffic::ordered;

  std::vector<heat_band> bands;

  static constexpr auto fields() {
    return std::tuple{field(1, "bands", &heat_report::bands, limits::heat_bands_max)};
  }
};

enum class cache_act : std::uint8_t {
  evict = 0, ///< Pinned ones too.
  pin = 1,   ///< Not evicted to make room, as far as limits of the shard allow.
  unpin = 2,
};
constexpr cache_act last_enumerator(cache_act) {
  return cache_act::unpin;
}

/// OPERATOR to CACHE_SHARD (request): do this to those of these blocks that you keep.
struct cache_care {
  static constexpr wire_type type = 156;
  static constexpr std::string_view name = "cache_care";
  static constexpr traffic traffic_class = traffic::request;

  cache_act act = cache_act::evict;
  std::vector<block_name> names;
  std::string who; ///< The operator, for the log.

  static constexpr auto fields() {
    return std::tuple{field(1, "act", &cache_care::act),
                      field(2, "names", &cache_care::names, limits::kv_names_max),
                      field(3, "who", &cache_care::who, limits::operator_line_bytes_max)};
  }
};

/// CACHE_SHARD: done.
struct cache_cared {
  static constexpr wire_type type = 157;
  static constexpr std::string_view name = "cache_cared";
  static constexpr traffic traffic_class = traffic::ordered;

  std::uint32_t blocks = 0;  ///< To which it was done.
  std::uint32_t refused = 0; ///< Kept, but no more may be pinned.

  static constexpr auto fields() {
    return std::tuple{field(1, "blocks", &cache_cared::blocks),
                      field(2, "refused", &cache_cared::refused)};
  }
};

} // namespace troupe
