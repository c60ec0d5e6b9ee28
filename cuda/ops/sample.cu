// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/launching.cuh"
#include "cuda/ops/ranking.cuh"
#include "cuda/ops/sample.hpp"

#include <climits>

namespace troupe::cuda::ops {
namespace {

constexpr int sample_threads = 512;
constexpr int bins = 256;

/// A sum of weights of at most 1 in units of 2^-80, in two words: exact, so that it does not depend
/// on the order in which threads add to it.
struct mass {
  unsigned long long high; ///< 2^-40
  unsigned long long low;  ///< 2^-80

  __device__ double value() const {
    return static_cast<double>(high) * 0x1p-40 + static_cast<double>(low) * 0x1p-80;
  }
};

__device__ mass mass_of(double weight) {
  const double scaled = weight * 0x1p40;
  const auto high = static_cast<unsigned long long>(scaled);
  return {high, static_cast<unsigned long long>((scaled - static_cast<double>(high)) * 0x1p40)};
}

struct histogram {
  std::uint32_t counts[bins];
  unsigned long long high[bins];
  unsigned long long low[bins];
};

/// What a search works on: the tokens whose key is in [first, last].
struct row_view {
  const float* logits;
  std::uint32_t vocab;
  double max;
  double scale;
  double least;
  std::uint64_t first_rank; ///< Ranks below do not take part.

  __device__ __forceinline__ double weight(std::uint32_t id) const {
    return exp((static_cast<double>(logits[id]) - max) * scale);
  }
  __device__ bool takes_part(std::uint32_t id) const {
    return static_cast<double>(logits[id]) >= least && rank_of(logits[id], id) >= first_rank;
  }
};

enum class key_kind : std::uint8_t { rank, id };

/// How much stands before and at the key that was found.
struct finding {
  bool is_found;
  std::uint64_t key;
};

template <key_kind Kind>
__device__ std::uint64_t key_of(const row_view& row, std::uint32_t id) {
  return Kind == key_kind::id ? id : rank_of(row.logits[id], id);
}

/// Walks through the tokens that take part by key, upwards or downwards, until `is_enough` of the
/// count and mass up to and with a token; says its key. Byte by byte from the highest: each pass
/// adds up the tokens of every value of one byte among those that begin as what was found so far.
template <key_kind Kind, bool IsUpwards, class Enough>
__device__ __forceinline__ finding search(const row_view& row, histogram& sums, Enough is_enough) {
  __shared__ finding answer;
  __shared__ std::uint64_t prefix;
  __shared__ std::uint64_t count_before;
  __shared__ mass mass_before;
  constexpr int bytes = Kind == key_kind::id ? 3 : 8;
  const auto me = threadIdx.x;
  sync_block();
  if (me == 0) {
    answer = {true, 0};
    prefix = 0;
    count_before = 0;
    mass_before = {0, 0};
  }
  for (int byte = bytes - 1; byte >= 0; --byte) {
    for (auto b = me; b < bins; b += sample_threads) {
      sums.counts[b] = 0;
      sums.high[b] = 0;
      sums.low[b] = 0;
    }
    sync_block();
    const auto begun = prefix;
    const auto shift = 8 * byte;
    for (std::uint32_t id = me; id < row.vocab; id += sample_threads) {
      const auto key = key_of<Kind>(row, id);
      // A shift by all 64 bits would be none.
      const bool begins_so = byte == bytes - 1 || key >> (shift + 8) == begun;
      if (begins_so && row.takes_part(id)) {
        const auto m = mass_of(row.weight(id));
        const auto b = key >> shift & 0xffU;
        add_to(&sums.counts[b], 1U);
        add_to(&sums.high[b], m.high);
        add_to(&sums.low[b], m.low);
      }
    }
    sync_block();
    if (me == 0) {
      bool is_found = false;
      for (int i = 0; i < bins && !is_found; ++i) {
        const int b = IsUpwards ? i : bins - 1 - i;
        const mass with{mass_before.high + sums.high[b], mass_before.low + sums.low[b]};
        if (sums.counts[b] > 0 && is_enough(count_before + sums.counts[b], with.value())) {
          prefix = begun << 8U | static_cast<std::uint64_t>(b);
          is_found = true;
        } else {
          count_before += sums.counts[b];
          mass_before = with;
        }
      }
      answer.is_found = is_found;
    }
    sync_block();
    if (!answer.is_found) {
      break;
    }
  }
  const finding found{answer.is_found, prefix};
  sync_block();
  return found;
}

/// Count and mass of all tokens that take part.
struct totals {
  std::uint64_t count;
  double mass;
};

__device__ __forceinline__ totals total_of(const row_view& row) {
  __shared__ unsigned long long sums[3];
  sync_block();
  if (threadIdx.x == 0) {
    sums[0] = sums[1] = sums[2] = 0;
  }
  sync_block();
  mass mine{0, 0};
  unsigned long long count = 0;
  for (std::uint32_t id = threadIdx.x; id < row.vocab; id += sample_threads) {
    if (row.takes_part(id)) {
      const auto m = mass_of(row.weight(id));
      mine.high += m.high;
      mine.low += m.low;
      ++count;
    }
  }
  add_to(&sums[0], count);
  add_to(&sums[1], mine.high);
  add_to(&sums[2], mine.low);
  sync_block();
  return {sums[0], mass{sums[1], sums[2]}.value()};
}

struct best_token {
  float logit;
  std::uint32_t id;
  bool is_number; ///< No logit is a NaN.
};

__device__ __forceinline__ best_token best_of(const float* logits, std::uint32_t vocab) {
  __shared__ best_token parts[sample_threads / 32];
  // Of -infinity too the lowest id, as the CPU has it.
  best_token mine{-INFINITY, UINT_MAX, true};
  const auto merge = [](best_token a, best_token b) {
    const bool is_second =
        b.id != UINT_MAX
        && (a.id == UINT_MAX || b.logit > a.logit || (b.logit == a.logit && b.id < a.id));
    auto both = is_second ? b : a;
    both.is_number = a.is_number && b.is_number;
    return both;
  };
  for (std::uint32_t id = threadIdx.x; id < vocab; id += sample_threads) {
    const float logit = logits[id];
    mine = merge(mine, {logit, id, logit == logit});
  }
  for (unsigned step = 16; step > 0; step /= 2) {
    const auto other = lane() ^ step;
    mine = merge(mine, {from_lane(mine.logit, other), from_lane(mine.id, other),
                        from_lane(mine.is_number ? 1 : 0, other) != 0});
  }
  if (lane() == 0) {
    parts[warp()] = mine;
  }
  sync_block();
  mine = parts[0];
  for (unsigned i = 1; i < sample_threads / 32; ++i) {
    mine = merge(mine, parts[i]);
  }
  return mine;
}

__global__ void __launch_bounds__(sample_threads, 1) sample_kernel(sample_args args) {
  __shared__ histogram sums;
  const std::size_t r = blockIdx.x;
  const auto how = args.how[r];
  const auto vocab = static_cast<std::uint32_t>(args.vocab);
  const auto ruled = args.ruled_place == nullptr ? -1 : args.ruled_place[r];
  const auto* logits = ruled < 0 ? args.logits + r * args.logits_stride
                                 : args.ruled + static_cast<std::size_t>(ruled) * vocab;
  const auto best = best_of(logits, vocab);
  const bool is_sound = best.is_number && best.logit < INFINITY && best.logit > -INFINITY;
  if (!is_sound || how.is_greedy) {
    if (threadIdx.x == 0) {
      args.tokens[r] = is_sound ? best.id : no_token;
    }
    return;
  }
  const double max = best.logit;
  row_view row{logits, vocab, max, how.scale, max + how.least, 0};
  auto all = total_of(row);
  const bool has_top_k = how.top_k != 0 && how.top_k < all.count;
  const bool has_top_p = how.top_p < 1;
  if (has_top_k) {
    const auto kept = search<key_kind::rank, false>(
        row, sums, [&](std::uint64_t count, double) { return count >= how.top_k; });
    row.first_rank = kept.key;
    all = total_of(row);
  }
  if (has_top_p) {
    const double needed = all.mass * how.top_p;
    const auto kept = search<key_kind::rank, false>(
        row, sums, [&](std::uint64_t, double mass_so_far) { return mass_so_far >= needed; });
    row.first_rank = kept.is_found ? kept.key : row.first_rank;
    all = total_of(row);
  }
  const double target = how.draw * all.mass;
  const auto is_past = [&](std::uint64_t, double mass_so_far) {
    return mass_so_far > target;
  };
  // The CPU goes through what is kept from the worst to the best, and through all by id.
  const auto drawn = has_top_k || has_top_p ? search<key_kind::rank, true>(row, sums, is_past)
                                            : search<key_kind::id, true>(row, sums, is_past);
  if (threadIdx.x == 0) {
    const auto id =
        has_top_k || has_top_p ? id_of(drawn.key) : static_cast<std::uint32_t>(drawn.key);
    args.tokens[r] = drawn.is_found ? id : best.id;
  }
}

} // namespace

status sample(const sample_args& args, stream on) {
  if (args.rows < 1 || args.vocab < 1 || args.vocab > 1 << 24) {
    return invalid_value;
  }
  return launch(sample_kernel, blocks(args.rows), dim3{sample_threads, 1, 1}, 0, on, args);
}

} // namespace troupe::cuda::ops
