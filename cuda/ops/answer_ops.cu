// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/apply_rules.hpp"
#include "cuda/ops/launching.cuh"
#include "cuda/ops/logprobs.hpp"
#include "cuda/ops/ranking.cuh"
#include "cuda/ops/sample.hpp"

// What is done to the logits of an answer before and after its tokens are drawn, a block for each
// row.
namespace troupe::cuda::ops {
namespace {

constexpr int threads = 512;

/// Each step of the rules changes what the one before it left, so the block meets between them.
__global__ void __launch_bounds__(threads, 1) apply_rules_kernel(apply_rules_args args) {
  const std::size_t r = blockIdx.x;
  const auto how = args.rows[r];
  const auto vocab = static_cast<std::size_t>(args.vocab);
  const auto* raw = args.logits + static_cast<std::size_t>(how.logits) * vocab;
  auto* out = args.out + r * vocab;
  const auto me = static_cast<std::int32_t>(threadIdx.x);
  const bool allows_all = how.allowed == how.allowed_end;
  for (std::size_t id = threadIdx.x; id < vocab; id += threads) {
    out[id] = allows_all ? raw[id] : -INFINITY;
  }
  sync_block();
  for (auto i = how.allowed + me; i < how.allowed_end; i += threads) {
    out[args.tokens[i]] = raw[args.tokens[i]];
  }
  sync_block();
  for (auto i = how.banned + me; i < how.banned_end; i += threads) {
    out[args.tokens[i]] = -INFINITY;
  }
  sync_block();
  for (auto i = how.biases + me; i < how.biases_end; i += threads) {
    const auto token = args.edits[i].token;
    if (i > how.biases && args.edits[i - 1].token == token) {
      continue;
    }
    float logit = out[token];
    for (auto same = i; same < how.biases_end && args.edits[same].token == token; ++same) {
      logit += args.edits[same].bias;
    }
    out[token] = logit;
  }
  sync_block();
  for (auto i = how.seen + me; i < how.seen_end; i += threads) {
    const auto seen = args.edits[i];
    float logit = out[seen.token];
    logit = logit > 0 ? logit / how.repetition : logit * how.repetition;
    if (seen.count > 0) {
      logit -= how.frequency * static_cast<float>(seen.count);
      logit -= how.presence;
    }
    out[seen.token] = logit;
  }
}

struct larger {
  template <class T>
  __device__ T operator()(T a, T b) const {
    return a > b ? a : b;
  }
};

__global__ void __launch_bounds__(threads, 1) logprobs_kernel(logprobs_args args) {
  __shared__ std::uint64_t ranks[32];
  __shared__ double sums[32];
  const std::size_t r = blockIdx.x;
  const auto at = static_cast<std::size_t>(args.index[r]);
  const auto token = args.tokens[at];
  if (token == no_token) {
    return;
  }
  const auto vocab = static_cast<std::uint32_t>(args.vocab);
  const auto* logits = args.logits + at * vocab;
  const auto best_below = [&](std::uint64_t limit) {
    std::uint64_t mine = 0;
    for (std::uint32_t id = threadIdx.x; id < vocab; id += threads) {
      const auto rank = rank_of(logits[id], id);
      mine = rank < limit && rank > mine ? rank : mine;
    }
    return over_block(mine, ranks, larger{});
  };
  auto rank = best_below(~std::uint64_t{0});
  const double max = logits[id_of(rank)];
  double mine = 0;
  for (std::uint32_t id = threadIdx.x; id < vocab; id += threads) {
    mine += exp(static_cast<double>(logits[id]) - max);
  }
  const double total = max + log(over_block(mine, sums, plus{}));
  const auto logprob_of = [&](std::uint32_t id) {
    const double value = static_cast<double>(logits[id]) - total;
    return static_cast<float>(value < 0 ? value : 0.0);
  };
  if (threadIdx.x == 0) {
    args.logprob[r] = logprob_of(token);
  }
  for (std::int32_t i = 0; i < args.top; ++i) {
    if (threadIdx.x == 0) {
      const auto place = r * static_cast<std::size_t>(args.top) + static_cast<std::size_t>(i);
      args.top_ids[place] = id_of(rank);
      args.top_logprobs[place] = logprob_of(id_of(rank));
    }
    if (i + 1 < args.top) {
      rank = best_below(rank);
    }
  }
}

} // namespace

status apply_rules(const apply_rules_args& args, stream on) {
  if (args.count < 1 || args.vocab < 1) {
    return invalid_value;
  }
  return launch(apply_rules_kernel, blocks(args.count), dim3{threads, 1, 1}, 0, on, args);
}

status logprobs(const logprobs_args& args, stream on) {
  if (args.rows < 1 || args.vocab < 1 || args.top < 0 || args.top > args.vocab) {
    return invalid_value;
  }
  return launch(logprobs_kernel, blocks(args.rows), dim3{threads, 1, 1}, 0, on, args);
}

} // namespace troupe::cuda::ops
