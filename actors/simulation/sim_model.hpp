// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "actors/gateway/model_text.hpp"
#include "engine/core/sim/sim_executor.hpp"
#include "messages/model.hpp"

#include <cstdint>
#include <memory>

namespace troupe {

/// The model that the simulated cluster serves: its tokens are the 256 bytes and an end mark.
struct sim_model {
  static constexpr std::uint32_t vocab_size = 257;
  static constexpr std::uint64_t cluster_secret = 0x5eedULL;

  std::shared_ptr<const model_card> card;
  std::shared_ptr<const model_text> text;
  engine::sim_options engine; ///< Without on_breach.
  std::uint64_t context_key = 0;
};

/// Cost: some milliseconds; the same each time.
[[nodiscard]] const sim_model& the_sim_model();

} // namespace troupe
