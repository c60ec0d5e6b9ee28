// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sampler.hpp"

#include "engine/core/logprobs.hpp"
#include "runtime/base/check.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <array>
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

/// How likely, as a share of the likeliest.
double weight_of(double logit, double max, double scale) {
  return std::exp((logit - max) * scale);
}

/// The least logit whose probability is min_p of the best one's.
double least_logit(const sampling& how, double max) {
  return how.min_p > 0 ? max + std::log(how.min_p) * how.temperature
                       : -std::numeric_limits<double>::max();
}

} // namespace

std::span<const sampler::candidate> sampler::keep_best(const sampling& how, double max,
                                                       double scale) {
  std::span<candidate> kept = all_;
  if (how.top_k != 0 && how.top_k < kept.size()) {
    std::ranges::nth_element(kept, kept.end() - how.top_k, is_worse);
    kept = kept.last(how.top_k);
  }
  if (!(how.top_p < 1)) {
    std::ranges::sort(kept, is_worse);
    return kept;
  }
  const auto [likeliest, total] = keep_mass(kept, how.top_p, max, scale);
  std::ranges::sort(likeliest, is_worse);
  const auto needed = total * how.top_p;
  double sum = 0;
  std::size_t count = 0;
  while (count < likeliest.size() && (count == 0 || sum < needed)) {
    ++count;
    sum += weight_of(likeliest[likeliest.size() - count].logit, max, scale);
  }
  return likeliest.last(count);
}

/// A sort of all of them is what top_p would cost; so first those go that are out of the question:
/// likelihoods are added up by steps of e^(1/16), from the best step on until they suffice.
sampler::mass sampler::keep_mass(std::span<candidate> from, double top_p, double max,
                                 double scale) {
  constexpr double steps_per_e = 16;
  constexpr std::size_t steps = 1024; // What is in the last one is e^-64 as likely as the best.
  const auto step_of = [&](float logit) {
    return std::min(static_cast<std::size_t>((max - logit) * scale * steps_per_e), steps - 1);
  };
  std::array<double, steps> sums{};
  double total = 0;
  for (const auto& c : from) {
    const auto weight = weight_of(c.logit, max, scale);
    sums[step_of(c.logit)] += weight;
    total += weight;
  }
  // Sums in another order differ by less than this.
  const auto enough = total * top_p * (1 + 1e-9);
  std::size_t last = 0;
  for (auto sum = sums[0]; sum < enough && last + 1 < steps; sum += sums[++last]) {
  }
  const auto kept =
      std::ranges::partition(from, [&](const candidate& c) { return step_of(c.logit) > last; });
  return {{kept.begin(), kept.end()}, total};
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
    kept = keep_best(how, max, scale);
  }
  sums_.clear();
  double total = 0;
  for (const auto& c : kept) {
    total += weight_of(c.logit, max, scale);
    sums_.push_back(total);
  }
  const auto target = sampling_draw(how.seed, choice, index) * total;
  const auto drawn = std::ranges::upper_bound(sums_, target);
  return drawn != sums_.end() ? kept[static_cast<std::size_t>(drawn - sums_.begin())].id : best;
}

void sampler::answer_at(std::size_t at, const step_row& row, std::span<const float> logits,
                        step_output& out) {
  const auto token = choose(logits, row.how, row.choice, row.index, row.rules);
  out.tokens[at] = token ? *token : no_token;
  if (token && row.how.logprobs) {
    out.logprobs[at] = logprobs_of(logits, *token, row.how.top_logprobs);
  }
}

void sampler::answer(const step_row& row, std::span<const float> logits, step_output& out) {
  out.tokens.push_back(no_token);
  if (row.how.logprobs) {
    out.logprobs.resize(out.tokens.size());
  }
  answer_at(out.tokens.size() - 1, row, logits, out);
}

} // namespace troupe::engine
