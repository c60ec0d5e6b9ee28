// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/exp.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

#include <array>
#include <span>

namespace troupe::engine::cpu::portable {
namespace {

using args_type = ops::route_args;
using per_expert = std::array<float, ops::experts_max>;
using marks = std::array<bool, ops::experts_max>;

/// Index of the largest value that is not taken, the lowest of equals; `taken` has a hole.
std::size_t best_of(std::span<const float> values, const marks& taken) {
  std::size_t best = values.size();
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!taken[i] && (best == values.size() || values[i] > values[best])) {
      best = i;
    }
  }
  return best;
}

void softmax(std::span<const float> logits, float* out) {
  float highest = logits[0];
  for (const float logit : logits) {
    highest = highest > logit ? highest : logit;
  }
  float sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    out[i] = exp_f32(logits[i] - highest);
    sum += out[i];
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    out[i] /= sum;
  }
}

float sigmoid(float logit) {
  return 1.0F / (1.0F + exp_f32(-logit));
}

void score(const args_type& args, std::span<const float> logits, per_expert& scores) {
  if (args.score == ops::route_score::softmax) {
    softmax(logits, scores.data());
    return;
  }
  for (std::size_t i = 0; i < logits.size(); ++i) {
    scores[i] = args.score == ops::route_score::sigmoid ? sigmoid(logits[i]) : logits[i];
  }
}

/// Marks the experts outside the best groups as taken.
void close_groups(const args_type& args, std::span<const float> ranks, marks& taken) {
  const auto groups = static_cast<std::size_t>(args.groups);
  const auto length = ranks.size() / groups;
  per_expert worth{};
  for (std::size_t g = 0; g < groups; ++g) {
    const auto run = ranks.subspan(g * length, length);
    marks seen{};
    const auto first = best_of(run, seen);
    seen[first] = true;
    worth[g] = run[first] + run[best_of(run, seen)];
  }
  marks open{};
  for (std::int32_t i = 0; i < args.groups_chosen; ++i) {
    open[best_of({worth.data(), groups}, open)] = true;
  }
  for (std::size_t i = 0; i < ranks.size(); ++i) {
    taken[i] = !open[i / length];
  }
}

void route_row(const args_type& args, std::span<const float> logits, std::int32_t* ids,
               std::span<float> shares) {
  per_expert scores;
  per_expert ranks;
  marks taken{};
  score(args, logits, scores);
  for (std::size_t i = 0; i < logits.size(); ++i) {
    ranks[i] = args.choice_bias == nullptr ? scores[i] : scores[i] + args.choice_bias[i];
  }
  const std::span all{ranks.data(), logits.size()};
  if (args.groups > 1) {
    close_groups(args, all, taken);
  }
  for (std::size_t i = 0; i < shares.size(); ++i) {
    const auto best = best_of(all, taken);
    taken[best] = true;
    ids[i] = static_cast<std::int32_t>(best);
    shares[i] = scores[best];
  }
  if (args.score == ops::route_score::softmax_of_chosen) {
    softmax(shares, shares.data());
  } else if (args.score == ops::route_score::sigmoid_of_chosen) {
    for (float& share : shares) {
      share = sigmoid(share);
    }
  }
  float sum = 0;
  for (const float share : shares) {
    sum += share;
  }
  for (float& share : shares) {
    share = (args.is_normalized ? share / (sum + 1e-20F) : share) * args.scale;
  }
}

} // namespace

void route(const args_type& args) {
  TROUPE_CHECK(args.rows >= 1 && args.chosen >= 1 && args.chosen <= args.experts);
  TROUPE_CHECK(args.experts <= ops::experts_max);
  TROUPE_CHECK(args.groups >= 1 && args.experts % args.groups == 0);
  TROUPE_CHECK(args.groups == 1 || args.experts / args.groups >= 2);
  TROUPE_CHECK(args.groups_chosen >= 1 && args.groups_chosen <= args.groups);
  TROUPE_CHECK(args.chosen <= args.experts / args.groups * args.groups_chosen);
  const auto experts = static_cast<std::size_t>(args.experts);
  const auto chosen = static_cast<std::size_t>(args.chosen);
  for (std::size_t r = 0; r < static_cast<std::size_t>(args.rows); ++r) {
    route_row(args, {args.logits + r * args.logits_stride, experts}, args.ids + r * chosen,
              {args.shares + r * chosen, chosen});
  }
}

} // namespace troupe::engine::cpu::portable
