// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/rule_batch.hpp"

#include "engine/core/executor.hpp"
#include "engine/core/logit_rules.hpp"
#include "messages/vocab/sampling_limits.hpp"

#include <algorithm>

namespace troupe::cuda {
namespace {

/// The lists of one row, which its ranges name from 0 on.
struct row_lists {
  ops::rule_row row;
  std::vector<std::uint32_t> tokens;
  std::vector<ops::token_edit> edits;
};

row_lists lists_of(const engine::logit_edits& edits, std::int32_t logits, std::uint32_t vocab) {
  row_lists made;
  const auto token_end = [&] {
    return static_cast<std::int32_t>(made.tokens.size());
  };
  const auto edit_end = [&] {
    return static_cast<std::int32_t>(made.edits.size());
  };
  made.row = {.logits = logits,
              .repetition = edits.repetition_penalty,
              .frequency = edits.frequency_penalty,
              .presence = edits.presence_penalty};
  made.tokens.insert(made.tokens.end(), edits.allowed.begin(), edits.allowed.end());
  made.row.allowed_end = made.row.banned = token_end();
  made.tokens.insert(made.tokens.end(), edits.banned.begin(), edits.banned.end());
  std::vector<token_id> stops;
  std::ranges::copy_if(edits.stops, std::back_inserter(stops),
                       [&](token_id token) { return token < vocab; });
  std::ranges::sort(stops);
  made.tokens.insert(made.tokens.end(), stops.begin(), std::unique(stops.begin(), stops.end()));
  made.row.banned_end = token_end();
  for (const auto& one : edits.bias) {
    made.edits.push_back({.token = one.token, .bias = one.bias});
  }
  std::ranges::stable_sort(made.edits, {}, &ops::token_edit::token);
  made.row.biases_end = made.row.seen = edit_end();
  for (const auto& one : edits.seen) {
    made.edits.push_back({.token = one.token, .count = one.answer});
  }
  made.row.seen_end = edit_end();
  return made;
}

void append(rule_batch& to, const row_lists& what, const rule_room& room) {
  const auto fits = [&](const rule_pass& pass) {
    return pass.tokens_end - pass.tokens + what.tokens.size() <= room.tokens
           && pass.edits_end - pass.edits + what.edits.size() <= room.edits;
  };
  if (to.passes.empty() || !fits(to.passes.back())) {
    to.passes.push_back(
        {to.rows.size(), 0, to.tokens.size(), to.tokens.size(), to.edits.size(), to.edits.size()});
  }
  auto& pass = to.passes.back();
  auto row = what.row;
  const auto tokens_before = static_cast<std::int32_t>(pass.tokens_end - pass.tokens);
  const auto edits_before = static_cast<std::int32_t>(pass.edits_end - pass.edits);
  for (auto* at : {&row.allowed, &row.allowed_end, &row.banned, &row.banned_end}) {
    *at += tokens_before;
  }
  for (auto* at : {&row.biases, &row.biases_end, &row.seen, &row.seen_end}) {
    *at += edits_before;
  }
  to.rows.push_back(row);
  to.tokens.insert(to.tokens.end(), what.tokens.begin(), what.tokens.end());
  to.edits.insert(to.edits.end(), what.edits.begin(), what.edits.end());
  pass.rows_end = to.rows.size();
  pass.tokens_end = to.tokens.size();
  pass.edits_end = to.edits.size();
}

} // namespace

rule_room room_for_a_row(std::uint32_t vocab) {
  return {.tokens = limits::allowed_tokens_max + limits::banned_tokens_max + vocab,
          .edits = limits::logit_bias_max + vocab};
}

rule_batch rules_of(std::span<const engine::step_row> rows, std::uint32_t vocab,
                    const rule_room& room) {
  rule_batch all;
  for (const auto& row : rows) {
    if (!row.wants_token) {
      continue;
    }
    const auto logits = static_cast<std::int32_t>(all.places.size());
    all.places.push_back(row.rules == nullptr ? -1 : static_cast<std::int32_t>(all.rows.size()));
    if (row.rules != nullptr) {
      append(all, lists_of(row.rules->edits_of(row.index), logits, vocab), room);
    }
  }
  return all;
}

} // namespace troupe::cuda
