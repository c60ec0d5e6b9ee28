// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/kv_pages.hpp"

#include <algorithm>
#include <numeric>

namespace troupe::engine {
namespace {

/// Keys that a query of the layer sees at most.
std::uint32_t reach_of(const layer_spec& kind, std::uint32_t context_tokens) {
  auto reach = context_tokens;
  for (const auto limit : {kind.window, kind.chunk}) {
    if (limit > 0) {
      reach = std::min(reach, static_cast<std::uint32_t>(limit));
    }
  }
  return reach;
}

} // namespace

kv_pages one_page(const model_spec& spec, std::int32_t block_size) {
  kv_pages pages;
  pages.layout = {.layers = spec.layers,
                  .kv_heads = spec.kv_heads,
                  .head_dim = spec.head_dim,
                  .block_size = block_size,
                  .shared_dim = spec.latent.kv_rank};
  for (std::int32_t layer = 0; layer < spec.layers; ++layer) {
    pages.of_layer.push_back({0, layer});
  }
  return pages;
}

kv_pages pages_of(const model_spec& spec, std::int32_t block_size) {
  auto pages = one_page(spec, block_size);
  const auto context = spec.context_tokens_max;
  const auto is_short = [&](const layer_spec& kind) {
    return reach_of(kind, context) < context;
  };
  const auto windowed = static_cast<std::int32_t>(std::ranges::count_if(spec.each_layer, is_short));
  const auto full = spec.layers - windowed;
  if (windowed == 0 || full == 0) {
    return pages;
  }
  const auto layers = std::gcd(full, windowed);
  pages.layout.layers = layers;
  pages.groups.full_pages = static_cast<std::uint32_t>(full / layers);
  pages.groups.window_pages = static_cast<std::uint32_t>(windowed / layers);
  std::int32_t next_full = 0;
  auto next_windowed = full;
  for (std::size_t layer = 0; layer < spec.each_layer.size(); ++layer) {
    const auto& kind = spec.each_layer[layer];
    auto& next = is_short(kind) ? next_windowed : next_full;
    pages.of_layer[layer] = {next / layers, next % layers};
    ++next;
    if (is_short(kind)) {
      pages.groups.window_tokens = std::max(pages.groups.window_tokens, reach_of(kind, context));
    }
  }
  return pages;
}

} // namespace troupe::engine
