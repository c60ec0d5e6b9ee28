// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"

#include <algorithm>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

/// The token that the simulated engine must make, as pure functions: an oracle replays a stream
/// with them without an engine. The engine reaches the same history hash only by reading the right
/// block contents.
/// Checked: test/unit/engine/sim_executor_test.cpp
namespace troupe::engine {

/// What an answer may be made of: all of the vocabulary but `avoided` (a model's stop tokens), so
/// that a simulated answer never ends before max_tokens.
struct sim_vocabulary {
  sim_vocabulary() = default;
  sim_vocabulary(std::uint32_t size_, token_list avoided_)
      : size(size_), avoided(std::move(avoided_)) {
    std::ranges::sort(avoided);
    const auto repeated = std::ranges::unique(avoided);
    avoided.erase(repeated.begin(), repeated.end());
    std::erase_if(avoided, [this](token_id token) { return token >= size; });
    TROUPE_CHECK(avoided.size() < size);
  }

  std::uint32_t size = 0;
  token_list avoided; ///< Ascending.
};

/// The hash of a context without tokens; `key` is engine::context_key of the sequence's namer.
[[nodiscard]] constexpr std::uint64_t sim_history(std::uint64_t key) {
  return mix64(key, 0x7472'6f75'7065ULL);
}

[[nodiscard]] constexpr std::uint64_t sim_history_next(std::uint64_t history, token_id token) {
  return mix64(history, token);
}

[[nodiscard]] inline std::uint64_t sim_history_of(std::uint64_t key,
                                                  std::span<const token_id> tokens) {
  auto history = sim_history(key);
  for (const auto token : tokens) {
    history = sim_history_next(history, token);
  }
  return history;
}

/// The token after that history.
[[nodiscard]] inline token_id sim_token(const sim_vocabulary& vocabulary, std::uint64_t history,
                                        std::uint64_t seed, std::uint32_t choice) {
  const auto allowed = vocabulary.size - static_cast<std::uint32_t>(vocabulary.avoided.size());
  auto token = static_cast<token_id>(mix64(mix64(history, seed), choice) % allowed);
  for (const auto avoided : vocabulary.avoided) {
    token += token >= avoided ? 1U : 0U;
  }
  return token;
}

} // namespace troupe::engine
