// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/sampler.hpp"

#include "runtime/base/hash.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

namespace troupe::engine {

namespace {

struct candidate {
  float logit;
  token_id id;
};

/// Whether `a` comes after `b` in the order of choice; makes std heaps pop the best first.
constexpr auto worse = [](const candidate& a, const candidate& b) {
  return a.logit != b.logit ? a.logit < b.logit : a.id > b.id;
};

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

/// Moves the candidates that top_k and top_p keep to the end of `all`, best last; gives their
/// number.
std::size_t keep_best(std::vector<candidate>& all, const sampling& how, double max, double scale) {
  const auto weight = [&](const candidate& c) {
    return std::exp((c.logit - max) * scale);
  };
  const auto count_max = how.top_k == 0 ? all.size() : std::min<std::size_t>(how.top_k, all.size());
  std::make_heap(all.begin(), all.end(), worse);
  double total = 0;
  if (count_max == all.size()) {
    for (const auto& c : all) {
      total += weight(c);
    }
  } else {
    auto end = all.end();
    for (std::size_t kept = 0; kept < count_max; ++kept) {
      std::pop_heap(all.begin(), end--, worse);
      total += weight(*end);
    }
  }
  const auto needed = total * how.top_p;
  const auto popped = count_max == all.size() ? 0 : count_max;
  double sum = 0;
  std::size_t kept = 0;
  auto end = all.end();
  while (kept < count_max && (kept == 0 || sum < needed)) {
    if (kept >= popped) {
      std::pop_heap(all.begin(), end, worse);
    }
    --end;
    sum += weight(*end);
    ++kept;
  }
  return kept;
}

} // namespace

double sampling_draw(std::uint64_t seed, std::uint32_t choice, std::uint32_t index) {
  return rng{mix64(mix64(seed, choice), index)}.uniform();
}

result<token_id> sample(std::span<const float> logits, const sampling& how, std::uint32_t choice,
                        std::uint32_t index) {
  TROUPE_CHECK(!logits.empty());
  const auto best = best_of(logits);
  if (!best || !(how.temperature > 0)) {
    return best;
  }
  std::vector<candidate> all;
  all.reserve(logits.size());
  for (std::size_t at = 0; at < logits.size(); ++at) {
    if (logits[at] != -std::numeric_limits<float>::infinity()) {
      all.push_back({logits[at], static_cast<token_id>(at)});
    }
  }
  const double max = logits[*best];
  const double scale = 1.0 / how.temperature;
  std::span<const candidate> kept = all;
  if ((how.top_k != 0 && how.top_k < all.size()) || how.top_p < 1) {
    kept = kept.last(keep_best(all, how, max, scale));
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

} // namespace troupe::engine
