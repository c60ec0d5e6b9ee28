// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/ids.hpp"
#include "runtime/base/hash.hpp"

#include <cstdint>

namespace troupe::engine {

/// How a model's layers share out the keys and values of one block: in pages of equally many layers
/// each, every page in a slot of its own. Pages of layers whose queries see all keys come first;
/// those of layers whose queries see only a window are given back once it has passed them, so that
/// a long context costs such layers no more than a short one.
/// Checked: test/unit/engine/kv_groups_test.cpp
struct kv_groups {
  std::uint32_t full_pages = 1;    ///< >= 1
  std::uint32_t window_pages = 0;  ///< 0: all layers see all keys.
  std::uint32_t window_tokens = 0; ///< Keys that their queries see at most, their own included.

  [[nodiscard]] std::uint32_t pages() const { return full_pages + window_pages; }
  [[nodiscard]] bool has_windows() const { return window_pages > 0; }

  /// The first block whose window pages a query at `position` or after it may read.
  [[nodiscard]] std::uint32_t first_block(std::uint32_t position) const {
    return position < window_tokens ? 0 : (position + 1 - window_tokens) / block_tokens;
  }

  /// Blocks whose window pages a sequence needs while a step computes `tokens` of it: those that
  /// the window touches and those that are written.
  [[nodiscard]] std::uint32_t window_blocks(std::uint32_t tokens) const {
    return (window_tokens + tokens) / block_tokens + 2;
  }

  friend bool operator==(const kv_groups&, const kv_groups&) = default;
};

/// What the index calls a page of a block; the first page has the block's name.
[[nodiscard]] inline block_name page_name(block_name block, std::uint32_t page) {
  return page == 0 ? block
                   : block_name{{mix64(block.value.high, page), mix64(block.value.low, page)}};
}

} // namespace troupe::engine
