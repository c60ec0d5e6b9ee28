// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

/// What a store can fail at.
enum class store_act : std::uint8_t { put, get };

/// Blocks in host memory under (name, layout), at most `capacity_bytes` of them.
///
/// Eviction by expected reuse: a block that was asked for again is kept in a second list of at most
/// four fifths of the bytes; the coldest of the first list goes first. Pinned blocks, at most half
/// of the bytes, make no room. A checksum is verified when
/// a block comes and again before it is used; a block that fails is dropped. Thread: one. Cost:
/// O(log blocks), and one hash of the block for put and get. Checked:
/// test/unit/cache_shard/block_store_test.cpp
class block_store {
public:
  struct copy {
    blob data;
    std::uint64_t checksum = 0;
  };

  /// `fails`: a fault point, asked before a block is written or read; true: that is an error, which
  /// costs the block that was to be kept, or this answer. Empty: none.
  explicit block_store(std::size_t capacity_bytes, std::function<bool(store_act)> fails = {})
      : capacity_bytes_(capacity_bytes), fails_(std::move(fails)) {}

  /// Copies `data`, since it may lie in an engine's staging memory. False: it is here already, its
  /// checksum is wrong, it is larger than all that is not pinned, or it cannot be written. Names
  /// that had to go are added to `evicted`.
  bool put(block_name name, layout_id layout, std::uint64_t checksum, bytes_view data,
           std::vector<block_name>& evicted);

  /// Marks it as used. A corrupted block is dropped and added to `evicted`; one that cannot be read
  /// now stays.
  [[nodiscard]] std::optional<copy> get(block_name name, layout_id layout,
                                        std::vector<block_name>& evicted);

  [[nodiscard]] bool has(block_name name, layout_id layout) const {
    return blocks_.contains({name, layout});
  }
  /// Drops every layout of it. The number of blocks that went, pinned or not.
  std::size_t evict(block_name name, std::vector<block_name>& evicted);

  struct pinned {
    std::size_t blocks = 0;  ///< Of all its layouts; those that were so already count.
    std::size_t refused = 0; ///< Over the share that may be pinned.
  };
  pinned pin(block_name name, bool on);
  [[nodiscard]] std::size_t pinned_bytes() const { return pinned_bytes_; }

  /// By how often blocks were got: band i holds those of at least 2^(i-1) gets (band 0: of none)
  /// and fewer than the next. Empty ones at the end are left out.
  struct band {
    std::size_t blocks = 0;
    std::size_t bytes = 0;
    std::uint64_t hits = 0;
    std::size_t pinned = 0;
  };
  static constexpr std::size_t bands_max = 32;
  [[nodiscard]] std::vector<band> heat() const;

  /// Each name once, however many layouts it is kept in.
  [[nodiscard]] std::vector<block_name> names() const;
  [[nodiscard]] bool has_name(block_name name) const;

  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  [[nodiscard]] std::size_t used_bytes() const { return used_bytes_; }
  [[nodiscard]] std::size_t capacity_bytes() const { return capacity_bytes_; }
  void check_invariants() const;

private:
  using key = std::pair<block_name, layout_id>;
  enum class shelf : std::uint8_t { once, reused, pinned };
  struct kept {
    copy what;
    std::uint64_t hits = 0;
    shelf on = shelf::once;
    std::list<key>::iterator place;
  };
  using table = std::map<key, kept>;

  [[nodiscard]] std::list<key>& list_of(shelf which);
  void put_on(shelf to, kept& block);
  void drop(table::iterator it, std::vector<block_name>& evicted);
  void make_room(std::size_t size_bytes, std::vector<block_name>& evicted);

  [[nodiscard]] bool fails(store_act what) const { return fails_ && fails_(what); }

  std::size_t capacity_bytes_;
  std::function<bool(store_act)> fails_;
  std::size_t used_bytes_ = 0;
  std::size_t reused_bytes_ = 0;
  std::size_t pinned_bytes_ = 0;
  table blocks_;
  std::list<key> once_;   ///< Coldest first.
  std::list<key> reused_; ///< Coldest first.
  std::list<key> pinned_;
};

} // namespace troupe
