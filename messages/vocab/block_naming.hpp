// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/ids.hpp"
#include "messages/vocab/tokens.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <tuple>
#include <vector>

namespace troupe {

/// Tokens in one KV block, everywhere in a cluster.
inline constexpr std::uint32_t block_tokens = 16;

/// Whose tokens and whose weights: block names and placements depend on all of it.
struct identity {
  model_digest model;
  std::string lora; ///< Empty: none.
  std::string salt; ///< The tenant's; equal salts may share blocks.

  static constexpr auto fields() {
    return std::tuple{field(1, "model", &identity::model), field(2, "lora", &identity::lora),
                      field(3, "salt", &identity::salt)};
  }
  friend bool operator==(const identity&, const identity&) = default;
};

/// Names the blocks of a token sequence. Names are a chain: each covers the block's tokens, all
/// before it, the content and the tenant's salt, keyed by the cluster's secret, so that nobody
/// outside can probe what a cache holds.
/// Thread: any. Cost: one hash of 96 bytes per block.
class block_namer {
public:
  block_namer() = default;
  block_namer(content_id content, std::string_view lora, std::string_view salt,
              std::uint64_t cluster_secret);

  /// The name of the block that follows `parent` (the root for the first block).
  /// Requires: tokens.size() == block_tokens.
  [[nodiscard]] block_name next(block_name parent, std::span<const token_id> tokens) const;

  [[nodiscard]] block_name root() const { return root_; }

  /// The names of all whole blocks of `tokens`, in order.
  [[nodiscard]] std::vector<block_name> all(std::span<const token_id> tokens) const;

  friend bool operator==(const block_namer&, const block_namer&) = default;

private:
  block_name root_;
  std::uint64_t secret_ = 0;
};

/// How many blocks of a prompt of `tokens` tokens may count as cached: the last token is always
/// computed, so that no shared block is ever written.
[[nodiscard]] constexpr std::uint32_t cacheable_blocks(std::uint32_t tokens) {
  return tokens == 0 ? 0 : (tokens - 1) / block_tokens;
}

} // namespace troupe
