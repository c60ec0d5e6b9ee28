// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/rank_parts.hpp"

#include <utility>

namespace troupe::cuda {
namespace {

part_range share_of(std::int64_t count, const model_facts& whole, std::int32_t rank) {
  return {count / whole.ranks * rank, count / whole.ranks};
}

part_range times(part_range heads, std::int64_t each) {
  return {heads.first * each, heads.count * each};
}

part_range behind(std::int64_t before, part_range range) {
  return {before + range.first, range.count};
}

bool is_of_expert(part what) {
  return what == part::expert_gate_up || what == part::expert_gate_up_bias
         || what == part::expert_down || what == part::expert_down_bias;
}

/// Rows of gate, then of up; of up alone where there is no gate.
part_slice wide_slice(std::int64_t columns, bool is_gated, const model_facts& whole,
                      std::int32_t rank) {
  const auto share = columns_of(columns, whole, rank);
  return {part_cut::outputs, {share, is_gated ? behind(columns, share) : part_range{}}};
}

part_slice heads_slice(part what, const model_facts& whole, const layer_facts& layer,
                       std::int32_t rank) {
  const auto dim = std::int64_t{whole.head_dim};
  const auto queries = times(share_of(whole.heads, whole, rank), dim);
  const auto kv = times(kv_heads_of(whole, rank), dim);
  const auto keys_at = whole.heads * dim;
  const auto values_at = keys_at + whole.kv_heads * dim;
  if (what == part::values) {
    return {part_cut::outputs, {kv}};
  }
  const bool has_all = what == part::qkv_bias || layer.has_values == 0;
  return {part_cut::outputs,
          {queries, behind(keys_at, kv), has_all ? behind(values_at, kv) : part_range{}}};
}

bool is_even(std::int32_t count, std::int32_t ranks) {
  return count % ranks == 0;
}

} // namespace

part_slice slice_of(part what, const model_facts& whole, const layer_facts& layer,
                    std::int32_t rank) {
  if (whole.ranks == 1) {
    return {};
  }
  if (whole.experts.are_shared_out != 0 && is_of_expert(what)) {
    return {part_cut::matrices, {experts_of(whole, rank)}};
  }
  const bool is_latent = whole.latent.kv_rank > 0;
  const auto heads = share_of(whole.heads, whole, rank);
  switch (what) {
    case part::head:
      return {part_cut::outputs, {tokens_of(whole, rank)}};
    case part::qkv:
    case part::qkv_bias:
    case part::values:
      return heads_slice(what, whole, layer, rank);
    case part::sinks:
      return {part_cut::outputs, {heads}};
    case part::attention_out:
      return {part_cut::inputs,
              {times(heads, is_latent ? whole.latent.value_dim : whole.head_dim)}};
    case part::query_up:
      return {part_cut::outputs, {times(heads, whole.latent.plain_dim + whole.latent.rope_dim)}};
    case part::into_latent:
    case part::value_up:
      return {part_cut::matrices, {heads}};
    case part::gate_up:
      return wide_slice(whole.feed_forward, whole.mlp != mlp_kind::gelu, whole, rank);
    case part::down:
      return {part_cut::inputs, {columns_of(whole.feed_forward, whole, rank)}};
    case part::expert_gate_up:
    case part::expert_gate_up_bias:
      return wide_slice(whole.experts.feed_forward, true, whole, rank);
    case part::expert_down:
      return {part_cut::inputs, {columns_of(whole.experts.feed_forward, whole, rank)}};
    case part::expert_down_bias:
      return {part_cut::first_rank, {}};
    case part::shared_gate_up:
      return wide_slice(whole.experts.shared_feed_forward, true, whole, rank);
    case part::shared_down:
      return {part_cut::inputs, {columns_of(whole.experts.shared_feed_forward, whole, rank)}};
    default:
      return {};
  }
}

model_facts facts_of_rank(const model_facts& whole, std::int32_t rank) {
  auto mine = whole;
  const auto tokens = tokens_of(whole, rank);
  mine.rank = rank;
  mine.heads /= whole.ranks;
  mine.kv_heads = static_cast<std::int32_t>(kv_heads_of(whole, rank).count);
  const auto cut = [&](std::int32_t& columns) {
    columns = static_cast<std::int32_t>(columns_of(columns, whole, rank).count);
  };
  cut(mine.feed_forward);
  cut(mine.experts.shared_feed_forward);
  if (whole.experts.are_shared_out == 0) {
    cut(mine.experts.feed_forward);
  }
  const auto experts = experts_of(whole, rank);
  mine.experts.first = static_cast<std::int32_t>(experts.first);
  mine.experts.held = static_cast<std::int32_t>(experts.count);
  mine.head_first = static_cast<std::int32_t>(tokens.first);
  mine.head_rows = static_cast<std::int32_t>(tokens.count);
  return mine;
}

std::string why_not_cut(const model_facts& whole) {
  if (whole.ranks < 1 || whole.ranks > ranks_max) {
    return "must be from 1 to " + std::to_string(ranks_max);
  }
  const auto ranks = whole.ranks;
  const auto is_odd = [&](const char* name, std::int32_t count) {
    return "must divide " + std::string{name} + ", which is " + std::to_string(count);
  };
  if (!is_even(whole.heads, ranks)) {
    return is_odd("num_attention_heads", whole.heads);
  }
  const bool has_shared_heads = whole.kv_heads < ranks && ranks % whole.kv_heads == 0;
  if (whole.latent.kv_rank == 0 && !is_even(whole.kv_heads, ranks) && !has_shared_heads) {
    return "must divide num_key_value_heads or be a multiple of it, which is "
           + std::to_string(whole.kv_heads);
  }
  if (whole.experts.are_shared_out != 0 && whole.experts.count < ranks) {
    return "is too many for " + std::to_string(whole.experts.count) + " experts";
  }
  const std::pair<const char*, std::int32_t> mlps[] = {
      {"intermediate_size", whole.feed_forward},
      {"the experts' intermediate size",
       whole.experts.are_shared_out != 0 ? 0 : whole.experts.feed_forward},
      {"the shared expert's intermediate size", whole.experts.shared_feed_forward}};
  for (const auto& [name, columns] : mlps) {
    if (columns % 8 != 0 || (columns > 0 && columns_of(columns, whole, ranks - 1).count == 0)) {
      return "is too many for " + std::string{name} + ", which is " + std::to_string(columns)
             + ": each takes a multiple of 8";
    }
  }
  if (tokens_of(whole, ranks - 1).count == 0) {
    return "is too many for a vocabulary of " + std::to_string(whole.vocab);
  }
  return "";
}

} // namespace troupe::cuda
