// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/logprobs.hpp"

#include "runtime/base/check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace troupe::engine {

namespace {

/// Whether `a` comes before `b` in an answer.
constexpr auto likelier = [](const ranked_token& a, const ranked_token& b) {
  return a.logprob != b.logprob ? a.logprob > b.logprob : a.token < b.token;
};

double log_total(std::span<const float> logits) {
  const double max = *std::ranges::max_element(logits);
  double total = 0;
  for (const auto logit : logits) {
    total += std::exp(logit - max);
  }
  return max + std::log(total);
}

} // namespace

token_logprobs logprobs_of(std::span<const float> logits, token_id token, std::uint32_t top) {
  TROUPE_CHECK(token < logits.size());
  const auto total = log_total(logits);
  const auto logprob_of = [total](float logit) {
    return static_cast<float>(std::min(0.0, logit - total));
  };
  token_logprobs out{.logprob = logprob_of(logits[token]), .top = {}};
  const auto count = std::min<std::size_t>(top, logits.size());
  if (count == 0) {
    return out;
  }
  // A heap of the best so far, the least of them in front; ranked by logit, which loses nothing.
  auto& best = out.top;
  best.reserve(count);
  for (std::size_t at = 0; at < logits.size(); ++at) {
    const ranked_token each{static_cast<token_id>(at), logits[at]};
    if (best.size() == count) {
      if (!likelier(each, best.front())) {
        continue;
      }
      std::pop_heap(best.begin(), best.end(), likelier);
      best.pop_back();
    }
    best.push_back(each);
    std::push_heap(best.begin(), best.end(), likelier);
  }
  std::sort_heap(best.begin(), best.end(), likelier);
  for (auto& each : best) {
    each.logprob = logprob_of(each.logprob);
  }
  return out;
}

token_logprobs score_of(const step_row& row, std::uint32_t at, std::span<const float> logits) {
  TROUPE_CHECK(at >= row.score_from && at < row.score_to);
  const auto next = std::size_t{row.first_position} + at + 1;
  TROUPE_CHECK(next < row.history.size());
  if (!std::isfinite(log_total(logits))) {
    return {.logprob = std::numeric_limits<float>::quiet_NaN(), .top = {}};
  }
  const auto token = row.history[next];
  auto out = logprobs_of(logits, token, row.how.prompt_top_logprobs);
  const ranked_token own{token, logits[token]};
  for (std::size_t id = 0; id < logits.size(); ++id) {
    out.rank += likelier({static_cast<token_id>(id), logits[id]}, own) ? 1U : 0U;
  }
  ++out.rank;
  return out;
}

} // namespace troupe::engine
