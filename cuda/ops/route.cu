// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/math/exp.hpp"
#include "cuda/ops/launching.cuh"
#include "cuda/ops/route.hpp"

#include <bit>
#include <climits>

namespace troupe::cuda::ops {
namespace {

using engine::ops::route_args;
using engine::ops::route_score;

constexpr int route_threads = 128;
constexpr int sort_threads = 256;

__device__ float sigmoid(float logit) {
  return 1.0F / (1.0F + exp_f32(-logit));
}

/// The better of two candidates; without one the index is INT_MAX.
struct candidate {
  float value;
  std::int32_t index;
};

struct better {
  __device__ candidate operator()(candidate a, candidate b) const {
    if (a.index == INT_MAX || b.index == INT_MAX) {
      return a.index == INT_MAX ? b : a;
    }
    if (a.value > b.value || b.value > a.value) {
      return a.value > b.value ? a : b;
    }
    return a.index < b.index ? a : b;
  }
};

/// `from_lane` moves what has no shuffle of its own by its parts.
__device__ candidate best_in_block(candidate mine, candidate* parts) {
  const better choose;
  for (unsigned step = 16; step > 0; step /= 2) {
    const candidate other{from_lane(mine.value, lane() ^ step),
                          from_lane(mine.index, lane() ^ step)};
    mine = choose(mine, other);
  }
  sync_block();
  if (lane() == 0) {
    parts[warp()] = mine;
  }
  sync_block();
  mine = parts[0];
  for (unsigned i = 1; i < blockDim.x / 32; ++i) {
    mine = choose(mine, parts[i]);
  }
  return mine;
}

__device__ candidate best_open(const float* values, const std::uint8_t* taken, std::int32_t count,
                               candidate* parts) {
  const better choose;
  candidate mine{0, INT_MAX};
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < count; i += route_threads) {
    if (taken[i] == 0) {
      mine = choose(mine, {values[i], i});
    }
  }
  return best_in_block(mine, parts);
}

/// In the order of one thread, whose bits the CPU has.
__device__ void softmax_alone(float* values, std::int32_t count) {
  float highest = values[0];
  for (std::int32_t i = 0; i < count; ++i) {
    highest = highest > values[i] ? highest : values[i];
  }
  float sum = 0;
  for (std::int32_t i = 0; i < count; ++i) {
    values[i] = exp_f32(values[i] - highest);
    sum += values[i];
  }
  for (std::int32_t i = 0; i < count; ++i) {
    values[i] /= sum;
  }
}

struct two_best {
  __device__ static float of(const float* run, std::int32_t length) {
    std::int32_t first = 0;
    for (std::int32_t i = 1; i < length; ++i) {
      first = run[i] > run[first] ? i : first;
    }
    std::int32_t second = first == 0 ? 1 : 0;
    for (std::int32_t i = second + 1; i < length; ++i) {
      second = i != first && run[i] > run[second] ? i : second;
    }
    return run[first] + run[second];
  }
};

/// scores, ranks and worth [experts] each in shared memory, then whom nobody may choose any more.
__global__ void __launch_bounds__(route_threads, 1) route_kernel(route_args args) {
  __shared__ candidate parts[32];
  __shared__ float shared_sum;
  auto* scores = shared_memory<float>();
  auto* ranks = scores + args.experts;
  auto* worth = ranks + args.experts;
  auto* taken = reinterpret_cast<std::uint8_t*>(worth + args.experts);
  const std::size_t row = blockIdx.x;
  const auto me = static_cast<std::int32_t>(threadIdx.x);
  const auto* logits = args.logits + row * args.logits_stride;
  const bool is_softmax = args.score == route_score::softmax;
  for (auto i = me; i < args.experts; i += route_threads) {
    scores[i] = args.score == route_score::sigmoid ? sigmoid(logits[i]) : logits[i];
    taken[i] = 0;
  }
  sync_block();
  if (is_softmax) {
    if (me == 0) {
      softmax_alone(scores, args.experts);
    }
    sync_block();
  }
  for (auto i = me; i < args.experts; i += route_threads) {
    ranks[i] = args.choice_bias == nullptr ? scores[i] : scores[i] + args.choice_bias[i];
  }
  sync_block();
  if (args.groups > 1) {
    const auto length = args.experts / args.groups;
    for (auto g = me; g < args.groups; g += route_threads) {
      worth[g] = two_best::of(ranks + g * length, length);
    }
    for (auto i = me; i < args.experts; i += route_threads) {
      taken[i] = 1; // As groups are opened their experts are.
    }
    sync_block();
    // A group that was opened is worth nothing to the next choice: its mark is its first expert's.
    for (std::int32_t i = 0; i < args.groups_chosen; ++i) {
      const better choose;
      candidate mine{0, INT_MAX};
      for (auto g = me; g < args.groups; g += route_threads) {
        if (taken[g * length] == 1) {
          mine = choose(mine, {worth[g], g});
        }
      }
      const auto best = best_in_block(mine, parts);
      for (auto k = me; k < length; k += route_threads) {
        taken[best.index * length + k] = 0;
      }
      sync_block();
    }
  }
  auto* ids = args.ids + row * static_cast<std::size_t>(args.chosen);
  auto* shares = args.shares + row * static_cast<std::size_t>(args.chosen);
  for (std::int32_t i = 0; i < args.chosen; ++i) {
    const auto best = best_open(ranks, taken, args.experts, parts);
    if (me == 0) {
      taken[best.index] = 1;
      ids[i] = best.index;
      worth[i] = scores[best.index];
    }
    sync_block();
  }
  if (me == 0) {
    if (args.score == route_score::softmax_of_chosen) {
      softmax_alone(worth, args.chosen);
    }
    float sum = 0;
    for (std::int32_t i = 0; i < args.chosen; ++i) {
      if (args.score == route_score::sigmoid_of_chosen) {
        worth[i] = sigmoid(worth[i]);
      }
      sum += worth[i];
    }
    shared_sum = sum;
  }
  sync_block();
  for (auto i = me; i < args.chosen; i += route_threads) {
    const float share = args.is_normalized ? worth[i] / (shared_sum + 1e-20F) : worth[i];
    shares[i] = share * args.scale;
  }
}

__global__ void __launch_bounds__(sort_threads, 1) count_kernel(sort_by_expert_args args) {
  __shared__ std::int32_t sorted;
  auto* counts = shared_memory<std::int32_t>();
  const auto me = static_cast<std::int32_t>(threadIdx.x);
  for (auto e = me; e < args.experts; e += sort_threads) {
    counts[e] = 0;
  }
  sync_block();
  const auto pairs = args.rows * args.chosen;
  for (auto p = me; p < pairs; p += sort_threads) {
    const auto expert = args.ids[p] - args.first;
    if (expert >= 0 && expert < args.experts) {
      add_to(counts + expert, 1);
    } else {
      args.place[p] = -1;
    }
  }
  sync_block();
  if (me == 0) {
    std::int32_t sum = 0;
    for (std::int32_t e = 0; e < args.experts; ++e) {
      args.begin[e] = sum;
      sum += counts[e];
    }
    args.begin[args.experts] = sum;
    sorted = sum;
  }
  sync_block();
  for (auto p = sorted + me; p < pairs; p += sort_threads) {
    args.index[p] = 0;
  }
}

/// One block for each expert, which passes over all pairs in their order.
__global__ void __launch_bounds__(sort_threads, 1) place_kernel(sort_by_expert_args args) {
  __shared__ std::int32_t found[sort_threads / 32];
  const auto expert = static_cast<std::int32_t>(blockIdx.x);
  const auto pairs = args.rows * args.chosen;
  auto next = args.begin[expert];
  for (std::int32_t base = 0; base < pairs; base += sort_threads) {
    const auto p = base + static_cast<std::int32_t>(threadIdx.x);
    const bool is_mine = p < pairs && args.ids[p] == args.first + expert;
    const auto lanes = lanes_with(is_mine);
    if (lane() == 0) {
      found[warp()] = static_cast<std::int32_t>(std::popcount(lanes));
    }
    sync_block();
    auto before = next + static_cast<std::int32_t>(std::popcount(lanes & ((1U << lane()) - 1)));
    for (unsigned w = 0; w < sort_threads / 32; ++w) {
      before += w < warp() ? found[w] : 0;
      next += found[w];
    }
    if (is_mine) {
      args.index[before] = p / args.chosen;
      args.place[p] = before;
    }
    sync_block();
  }
}

} // namespace

status route(const route_args& args, stream on) {
  if (args.rows < 1 || args.chosen < 1 || args.chosen > args.experts
      || args.experts > engine::ops::experts_max || args.groups < 1
      || args.experts % args.groups != 0 || (args.groups > 1 && args.experts / args.groups < 2)
      || args.groups_chosen < 1 || args.groups_chosen > args.groups
      || args.chosen > args.experts / args.groups * args.groups_chosen) {
    return invalid_value;
  }
  const auto bytes = static_cast<std::size_t>(args.experts) * (3 * sizeof(float) + 1);
  return launch(route_kernel, blocks(args.rows), dim3{route_threads, 1, 1}, bytes, on, args);
}

status sort_by_expert(const sort_by_expert_args& args, stream on) {
  if (args.rows < 1 || args.chosen < 1 || args.first < 0 || args.experts < 1
      || args.experts > engine::ops::experts_max) {
    return invalid_value;
  }
  const dim3 threads{sort_threads, 1, 1};
  const auto why = launch(count_kernel, blocks(1), threads,
                          static_cast<std::size_t>(args.experts) * sizeof(std::int32_t), on, args);
  return why != success ? why : launch(place_kernel, blocks(args.experts), threads, 0, on, args);
}

} // namespace troupe::cuda::ops
