// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/abi.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

/// How a model is cut for several devices (tensor parallelism): who sends it and who takes it must
/// agree, so this goes with the ABI. Attention is cut by heads, an MLP and each expert by what lies
/// between its matrices, the head by tokens; everything else stands on every rank. Experts that are
/// shared out (expert parallelism) are not cut: each stands whole on one rank. What a rank makes of
/// a row in attention and MLP is a part of the sum over all ranks.
/// Source:  Shoeybi et al. 2019 (Megatron-LM), Lepikhin et al. 2020 (GShard).
/// Checked: test/unit/cuda/rank_parts_test.cpp, test/conformance/device/device_ranks_test.cpp
namespace troupe::cuda {

inline constexpr std::int32_t ranks_max = 16;

struct part_range {
  std::int64_t first = 0;
  std::int64_t count = 0;
};

enum class part_cut : std::uint8_t {
  whole,
  outputs,    ///< Of each matrix, or of numbers that stand beside outputs.
  inputs,     ///< Of each matrix.
  matrices,   ///< Some of them, or the numbers of some.
  first_rank, ///< Whole on rank 0, zeros elsewhere: numbers that are added once.
};

struct part_slice {
  part_cut cut = part_cut::whole;
  std::array<part_range, 3> ranges; ///< In their order; those of count 0 are none.
};

/// The kv heads of a rank; several ranks have the same where there are fewer of these than ranks.
[[nodiscard]] constexpr part_range kv_heads_of(const model_facts& whole, std::int32_t rank) {
  const std::int64_t heads = whole.kv_heads;
  return heads >= whole.ranks ? part_range{heads / whole.ranks * rank, heads / whole.ranks}
                              : part_range{heads * rank / whole.ranks, 1};
}

/// The columns of an MLP that a rank has: as many each where that leaves multiples of 8, which rows
/// of bf16 are read by; else by runs of 32, or of 8 where there are no whole ones, of which the
/// first ranks have one more.
[[nodiscard]] constexpr part_range columns_of(std::int64_t columns, const model_facts& whole,
                                              std::int32_t rank) {
  const std::int64_t ranks = whole.ranks;
  const std::int64_t run = columns % (8 * ranks) == 0 ? columns / ranks
                           : columns % 32 == 0        ? 32
                                                      : 8;
  const auto runs = run == 0 ? 0 : columns / run;
  const auto more = runs % ranks;
  return {run * (runs / ranks * rank + (rank < more ? rank : more)),
          run * (runs / ranks + (rank < more ? 1 : 0))};
}

/// The experts that a rank has: all, where their columns are cut; else as many each, of which the
/// first ranks have one more.
[[nodiscard]] constexpr part_range experts_of(const model_facts& whole, std::int32_t rank) {
  const std::int64_t all = whole.experts.count;
  if (whole.experts.are_shared_out == 0) {
    return {0, all};
  }
  const auto more = all % whole.ranks;
  return {all / whole.ranks * rank + (rank < more ? rank : more),
          all / whole.ranks + (rank < more ? 1 : 0)};
}

/// The tokens whose logits a rank makes: whole panels of codes.
[[nodiscard]] constexpr part_range tokens_of(const model_facts& whole, std::int32_t rank) {
  constexpr std::int64_t panel = engine::ops::panel_width;
  const auto panels = (whole.vocab + panel - 1) / panel;
  const auto each = (panels + whole.ranks - 1) / whole.ranks * panel;
  const auto first = each * rank < whole.vocab ? each * rank : whole.vocab;
  const auto end = first + each < whole.vocab ? first + each : whole.vocab;
  return {first, end - first};
}

/// What of a part goes to a rank; ranges are in outputs, inputs or matrices of it.
[[nodiscard]] part_slice slice_of(part what, const model_facts& whole, const layer_facts& layer,
                                  std::int32_t rank);

/// The model as one rank has it: a smaller one.
[[nodiscard]] model_facts facts_of_rank(const model_facts& whole, std::int32_t rank);

/// Why a model cannot be cut for `whole.ranks` ranks, by the names of config.json; empty: it can.
/// Where a cut would split blocks of codes these go as bf16.
[[nodiscard]] std::string why_not_cut(const model_facts& whole);

} // namespace troupe::cuda
