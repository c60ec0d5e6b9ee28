// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/rule_batch.hpp"

#include "engine/core/executor.hpp"
#include "engine/core/logit_rules.hpp"

#include <algorithm>

namespace troupe::cuda {
namespace {

template <class T>
std::int32_t end_of(const std::vector<T>& all) {
  return static_cast<std::int32_t>(all.size());
}

void add(rule_batch& to, const engine::logit_edits& edits, std::int32_t logits,
         std::uint32_t vocab) {
  ops::rule_row row{.logits = logits,
                    .repetition = edits.repetition_penalty,
                    .frequency = edits.frequency_penalty,
                    .presence = edits.presence_penalty};
  row.allowed = end_of(to.tokens);
  to.tokens.insert(to.tokens.end(), edits.allowed.begin(), edits.allowed.end());
  row.allowed_end = row.banned = end_of(to.tokens);
  to.tokens.insert(to.tokens.end(), edits.banned.begin(), edits.banned.end());
  std::ranges::copy_if(edits.stops, std::back_inserter(to.tokens),
                       [&](token_id token) { return token < vocab; });
  row.banned_end = end_of(to.tokens);
  row.biases = end_of(to.edits);
  for (const auto& one : edits.bias) {
    to.edits.push_back({.token = one.token, .bias = one.bias});
  }
  std::ranges::stable_sort(to.edits.begin() + row.biases, to.edits.end(), {},
                           &ops::token_edit::token);
  row.biases_end = row.seen = end_of(to.edits);
  for (const auto& one : edits.seen) {
    to.edits.push_back({.token = one.token, .count = one.answer});
  }
  row.seen_end = end_of(to.edits);
  to.rows.push_back(row);
}

} // namespace

rule_batch rules_of(std::span<const engine::step_row> rows, std::uint32_t vocab) {
  rule_batch all;
  for (const auto& row : rows) {
    if (!row.wants_token) {
      continue;
    }
    const auto logits = end_of(all.places);
    all.places.push_back(row.rules == nullptr ? -1 : end_of(all.rows));
    if (row.rules != nullptr) {
      add(all, row.rules->edits_of(row.index), logits, vocab);
    }
  }
  return all;
}

} // namespace troupe::cuda
