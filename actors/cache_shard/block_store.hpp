// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "runtime/base/bytes.hpp"

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace troupe {

/// Blocks in host memory under (name, layout), at most `capacity_bytes` of them.
///
/// Eviction by expected reuse: a block that was asked for again is kept in a second list of at most
/// four fifths of the bytes; the coldest of the first list goes first. A checksum is verified when
/// a block comes and again before it is used; a block that fails is dropped. Thread: one. Cost:
/// O(log blocks), and one hash of the block for put and get. Checked:
/// test/unit/cache_shard/block_store_test.cpp
class block_store {
public:
  struct copy {
    blob data;
    std::uint64_t checksum = 0;
  };

  explicit block_store(std::size_t capacity_bytes) : capacity_bytes_(capacity_bytes) {}

  /// Copies `data`, since it may lie in an engine's staging memory. False: it is here already, its
  /// checksum is wrong, or it is larger than everything. Names that had to go are added to
  /// `evicted`.
  bool put(block_name name, layout_id layout, std::uint64_t checksum, bytes_view data,
           std::vector<block_name>& evicted);

  /// Marks it as used. A corrupted block is dropped and added to `evicted`.
  [[nodiscard]] std::optional<copy> get(block_name name, layout_id layout,
                                        std::vector<block_name>& evicted);

  [[nodiscard]] bool has(block_name name, layout_id layout) const {
    return blocks_.contains({name, layout});
  }
  /// Each name once, however many layouts it is kept in.
  [[nodiscard]] std::vector<block_name> names() const;
  [[nodiscard]] bool has_name(block_name name) const;

  [[nodiscard]] std::size_t size() const { return blocks_.size(); }
  [[nodiscard]] std::size_t used_bytes() const { return used_bytes_; }
  [[nodiscard]] std::size_t capacity_bytes() const { return capacity_bytes_; }
  void check_invariants() const;

private:
  using key = std::pair<block_name, layout_id>;
  struct kept {
    copy what;
    bool reused = false;
    std::list<key>::iterator place;
  };
  using table = std::map<key, kept>;

  void drop(table::iterator it, std::vector<block_name>& evicted);
  void make_room(std::size_t size_bytes, std::vector<block_name>& evicted);

  std::size_t capacity_bytes_;
  std::size_t used_bytes_ = 0;
  std::size_t reused_bytes_ = 0;
  table blocks_;
  std::list<key> once_;   ///< Coldest first.
  std::list<key> reused_; ///< Coldest first.
};

} // namespace troupe
