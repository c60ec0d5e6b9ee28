// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sampler.hpp"

#include "engine/core/logprobs.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace troupe::engine {

namespace {

/// The best token, or no logit that is a number.
result<token_id> best_of(std::span<const float> logits) {
  std::size_t best = 0;
  for (std::size_t at = 0; at < logits.size(); ++at) {
    if (std::isnan(logits[at])) {
      return error{errc::internal, "a logit is not a number; check the model's weights", "logits"};
    }
    if (logits[at] > logits[best]) {
      best = at;
    }
  }
  if (std::isinf(logits[best])) {
    return error{errc::internal, "no finite logit; check the model's weights", "logits"};
  }
  return static_cast<token_id>(best);
}

/// The least logit whose probability is min_p of the best one's.
double least_logit(const sampling& how, double max) {
  return how.min_p > 0 ? max + std::log(how.min_p) * how.temperature
                       : -std::numeric_limits<double>::max();
}

} // namespace

std::size_t sampler::keep_best(const sampling& how, double max, double scale) {
  const auto weight = [&](const candidate& c) {
    return std::exp((c.logit - max) * scale);
  };
  const auto count_max =
      how.top_k == 0 ? all_.size() : std::min<std::size_t>(how.top_k, all_.size());
  std::make_heap(all_.begin(), all_.end(), is_worse);
  double total = 0;
  if (count_max == all_.size()) {
    for (const auto& c : all_) {
      total += weight(c);
    }
  } else {
    auto end = all_.end();
    for (std::size_t kept = 0; kept < count_max; ++kept) {
      std::pop_heap(all_.begin(), end--, is_worse);
      total += weight(*end);
    }
  }
  const auto needed = total * how.top_p;
  const auto popped = count_max == all_.size() ? 0 : count_max;
  double sum = 0;
  std::size_t kept = 0;
  auto end = all_.end();
  while (kept < count_max && (kept == 0 || sum < needed)) {
    if (kept >= popped) {
      std::pop_heap(all_.begin(), end, is_worse);
    }
    --end;
    sum += weight(*end);
    ++kept;
  }
  return kept;
}

double sampling_draw(std::uint64_t seed, std::uint32_t choice, std::uint32_t index) {
  return rng{mix64(mix64(seed, choice), index)}.uniform();
}

result<token_id> sampler::choose(std::span<const float> logits, const sampling& how,
                                 std::uint32_t choice, std::uint32_t index,
                                 const logit_rules* rules) {
  TROUPE_CHECK(!logits.empty());
  if (rules != nullptr) {
    changed_.resize(logits.size());
    rules->apply(logits, index, changed_);
    logits = changed_;
  }
  const auto best = best_of(logits);
  if (!best || !(how.temperature > 0)) {
    return best;
  }
  const double max = logits[*best];
  const double scale = 1.0 / how.temperature;
  const auto least = least_logit(how, max);
  all_.clear();
  all_.reserve(logits.size());
  for (std::size_t at = 0; at < logits.size(); ++at) {
    if (logits[at] >= least) {
      all_.push_back({logits[at], static_cast<token_id>(at)});
    }
  }
  std::span<const candidate> kept = all_;
  if ((how.top_k != 0 && how.top_k < all_.size()) || how.top_p < 1) {
    kept = kept.last(keep_best(how, max, scale));
  }
  double total = 0;
  for (const auto& c : kept) {
    total += std::exp((c.logit - max) * scale);
  }
  const auto target = sampling_draw(how.seed, choice, index) * total;
  double sum = 0;
  for (const auto& c : kept) {
    sum += std::exp((c.logit - max) * scale);
    if (sum > target) {
      return c.id;
    }
  }
  return best;
}

void sampler::answer(const step_row& row, std::span<const float> logits, step_output& out) {
  const auto token = choose(logits, row.how, row.choice, row.index, row.rules);
  out.tokens.push_back(token ? *token : no_token);
  if (token && row.how.logprobs) {
    out.logprobs.resize(out.tokens.size());
    out.logprobs.back() = logprobs_of(logits, *token, row.how.top_logprobs);
  }
}

} // namespace troupe::engine
