// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/layer_loading.hpp"

#include <array>

namespace troupe::engine {

/// kv_b_proj holds for each head the rows that make its key, then those that make its value. The
/// first, turned, bring a query into the latent space instead.
latent_weights load_latent(weight_reader& from, const model_spec& spec, const std::string& prefix) {
  const auto& how = spec.latent;
  const auto matrix = [&](std::string_view name, std::int32_t rows, std::int32_t inputs) {
    const auto whole = prefix + "self_attn." + std::string{name} + ".weight";
    return from.matrix({&whole, 1}, std::array{rows}, inputs);
  };
  const auto query_rows = spec.heads * (how.plain_dim + how.rope_dim);
  latent_weights all;
  if (how.query_rank > 0) {
    all.query_down = matrix("q_a_proj", how.query_rank, spec.hidden);
    all.query_norm = from.vector(prefix + "self_attn.q_a_layernorm.weight", how.query_rank);
    all.query_up = matrix("q_b_proj", query_rows, how.query_rank);
  } else {
    all.query_up = matrix("q_proj", query_rows, spec.hidden);
  }
  all.key_down = matrix("kv_a_proj_with_mqa", how.kv_rank + how.rope_dim, spec.hidden);
  all.key_norm = from.vector(prefix + "self_attn.kv_a_layernorm.weight", how.kv_rank);
  const auto per_head = how.plain_dim + how.value_dim;
  const auto both =
      from.find_widened(prefix + "self_attn.kv_b_proj.weight", spec.heads * per_head, how.kv_rank);
  for (std::int32_t head = 0; head < spec.heads && !from.failure(); ++head) {
    const auto first = head * per_head;
    const auto at = static_cast<std::size_t>(first) * static_cast<std::size_t>(how.kv_rank);
    const auto keys = from.turned(both, at, how.plain_dim, how.kv_rank,
                                  [](std::int32_t column) { return column; });
    const auto values = from.slice(both, first + how.plain_dim, how.value_dim, how.kv_rank);
    all.into_latent.push_back(from.pack({&keys, 1}, how.plain_dim));
    all.value_up.push_back(from.pack({&values, 1}, how.kv_rank));
  }
  return all;
}

} // namespace troupe::engine
