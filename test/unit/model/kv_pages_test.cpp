// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/kv_pages.hpp"

#include "engine/model/digest.hpp"

#include <doctest/doctest.h>

#include <set>
#include <utility>

using namespace troupe;
using namespace troupe::engine;

namespace {

/// Every sixth layer sees all keys.
model_spec spec_of(std::int32_t layers, std::int32_t window, std::int32_t full_every = 6) {
  model_spec spec;
  spec.layers = layers;
  spec.kv_heads = 2;
  spec.head_dim = 16;
  spec.context_tokens_max = 4096;
  spec.each_layer.resize(static_cast<std::size_t>(layers));
  for (std::int32_t layer = 0; layer < layers; ++layer) {
    spec.each_layer[static_cast<std::size_t>(layer)].window =
        (layer + 1) % full_every == 0 ? 0 : window;
  }
  return spec;
}

} // namespace

TEST_CASE("layers of both kinds share out pages of equally many layers, each its own place") {
  const auto pages = pages_of(spec_of(48, 1024), 16); // 8 see all keys, 40 a window.
  CHECK(pages.groups == kv_groups{.full_pages = 1, .window_pages = 5, .window_tokens = 1024});
  CHECK(pages.layout.layers == 8);
  std::set<std::pair<std::int32_t, std::int32_t>> places;
  for (std::size_t layer = 0; layer < pages.of_layer.size(); ++layer) {
    const auto [page, within] = pages.of_layer[layer];
    CHECK((page == 0) == ((layer + 1) % 6 == 0));
    CHECK(within < pages.layout.layers);
    places.emplace(page, within);
  }
  CHECK(places.size() == 48);

  const auto odd = pages_of(spec_of(34, 1024), 16); // 5 and 29.
  CHECK(odd.groups.full_pages == 5);
  CHECK(odd.groups.window_pages == 29);
  CHECK(odd.layout.layers == 1);
}

TEST_CASE("the longest reach counts, of a window and of a chunk") {
  auto spec = spec_of(12, 100);
  spec.each_layer[0].window = 0;
  spec.each_layer[0].chunk = 512;
  CHECK(pages_of(spec, 16).groups.window_tokens == 512);
}

TEST_CASE("a model whose layers see all alike has one page") {
  CHECK(pages_of(spec_of(12, 0), 16).groups == kv_groups{});
  CHECK(pages_of(spec_of(12, 4096), 16).groups == kv_groups{}); // No shorter than the context.
  const auto windowed = pages_of(spec_of(12, 64, 100), 16);
  CHECK(windowed.groups == kv_groups{});
  CHECK(windowed.layout == one_page(spec_of(12, 64, 100), 16).layout);
  CHECK(windowed.of_layer[7].layer == 7);
}

TEST_CASE("layouts of different pages are different") {
  const auto pages = pages_of(spec_of(12, 64), 16);
  const auto others = pages_of(spec_of(12, 128), 16);
  CHECK(layout_of(pages.layout, pages.groups) != layout_of(others.layout, others.groups));
  CHECK(layout_of(pages.layout, pages.groups) != layout_of(pages.layout));
}
