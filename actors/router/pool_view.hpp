// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/kv.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <unordered_set>

namespace troupe {

/// What one pool holds, as its log tells: a router's copy of the truth elsewhere.
///
/// Following a log: deltas apply in order of seq; one that does not follow asks for a resync. While
/// a snapshot is arriving, deltas wait and those after its as_of apply when its last part is in. A
/// new epoch forgets everything of the old one (I-5).
/// Thread: inside the router. Cost: one hash lookup per name. Checked:
/// test/unit/router/pool_view_test.cpp
class pool_view {
public:
  enum class outcome : std::uint8_t { ok, resync };

  /// `eager`: a mutant for the simulation that applies deltas while a snapshot is arriving.
  explicit pool_view(std::size_t names_max = std::size_t{1} << 22U, bool eager = false)
      : names_max_(names_max), eager_(eager) {}

  [[nodiscard]] outcome apply(const kv_delta& what);
  [[nodiscard]] outcome apply(const kv_snapshot& what);
  [[nodiscard]] outcome check(const kv_digest& what) const;

  [[nodiscard]] bool has(block_name name) const { return names_.contains(name); }
  [[nodiscard]] std::size_t size() const { return names_.size(); }
  [[nodiscard]] std::uint64_t epoch() const { return epoch_; }
  [[nodiscard]] std::uint64_t seq() const { return seq_; }

  /// Order-free digest of the names, as kv_digest carries it.
  [[nodiscard]] hash128 names_xor() const { return names_xor_; }

private:
  void insert(block_name name);
  void remove(block_name name);
  void forget(std::uint64_t epoch);
  void change(const kv_delta& what);

  std::size_t names_max_;
  bool eager_;
  std::unordered_set<block_name> names_;
  hash128 names_xor_;
  std::uint64_t epoch_ = 0;
  std::uint64_t seq_ = 0;
  bool following_ = false; ///< A snapshot is complete; deltas apply.
  bool arriving_ = false;  ///< Parts of a snapshot are coming.
  std::uint32_t next_part_ = 0;
  std::deque<kv_delta> waiting_;
};

} // namespace troupe
