// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/kv_groups.hpp"
#include "engine/core/ops/kv_layout.hpp"
#include "engine/model/model_spec.hpp"

#include <cstdint>
#include <vector>

namespace troupe::engine {

/// Where each layer's keys and values of a block lie.
struct kv_pages {
  struct place {
    std::int32_t page = 0;
    std::int32_t layer = 0; ///< Within the page.
  };

  kv_groups groups;
  ops::kv_layout layout;       ///< Of one page.
  std::vector<place> of_layer; ///< [layers]
};

/// All layers in one page.
[[nodiscard]] kv_pages one_page(const model_spec& spec, std::int32_t block_size);

/// Layers with a window or a chunk shorter than the context, where others have none, in pages of
/// their own: as few as divide both kinds of layers evenly. Otherwise one page: a model whose every
/// layer has a window keeps all it computed.
/// Checked: test/unit/model/kv_pages_test.cpp
[[nodiscard]] kv_pages pages_of(const model_spec& spec, std::int32_t block_size);

} // namespace troupe::engine
