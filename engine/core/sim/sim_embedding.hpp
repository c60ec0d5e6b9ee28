// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/sim/sim_tokens.hpp"
#include "messages/vocab/pooling.hpp"

#include <cstdint>
#include <span>
#include <vector>

/// The hidden states that the simulated engine must have, and what a prompt is pooled to, as pure
/// functions like those of sim_tokens.hpp.
/// Checked: test/unit/engine/embeddings_test.cpp
namespace troupe::engine {

/// Adds the hidden state after that history: numbers in [-1, 1), each a multiple of 2^-23, so that
/// sums are exact.
inline void add_sim_hidden(std::uint64_t history, std::span<double> into) {
  for (std::uint32_t at = 0; at < into.size(); ++at) {
    into[at] += static_cast<double>(mix64(history, ~std::uint64_t{at}) >> 40U) * 0x1p-23 - 1;
  }
}

/// What any engine must make of `prompt`; `key` as in sim_history.
[[nodiscard]] inline std::vector<float> sim_embedding(std::uint64_t key,
                                                      std::span<const token_id> prompt,
                                                      pooling_kind pooling, std::uint32_t size) {
  std::vector<double> sum(size);
  auto history = sim_history(key);
  for (std::size_t at = 0; at < prompt.size(); ++at) {
    history = sim_history_next(history, prompt[at]);
    if (pooling == pooling_kind::mean || at + 1 == prompt.size()) {
      add_sim_hidden(history, sum);
    }
  }
  const auto count = pooling == pooling_kind::mean ? prompt.size() : 1;
  std::vector<float> out;
  for (const auto each : sum) {
    out.push_back(static_cast<float>(each / static_cast<double>(count)));
  }
  return out;
}

} // namespace troupe::engine
