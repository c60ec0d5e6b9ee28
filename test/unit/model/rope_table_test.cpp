// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rope_table.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe::engine;

TEST_CASE("angles are position times theta^(-2i/d), row by row as the table grows") {
  model_spec spec;
  spec.head_dim = 16;
  spec.rope.theta = 10000;
  rope_table table{spec};
  table.cover(3);
  table.cover(700);
  for (const std::uint32_t position : {0U, 1U, 2U, 511U, 512U, 699U}) {
    for (std::uint32_t i = 0; i < 8; ++i) {
      const double angle = position * std::pow(10000.0, -2.0 * i / 16);
      CHECK(std::abs(table.cos()[position * 8 + i] - std::cos(angle)) < 1e-4);
      CHECK(std::abs(table.sin()[position * 8 + i] - std::sin(angle)) < 1e-4);
    }
  }
}

TEST_CASE("llama3 scaling keeps short waves, slows long ones by the factor, blends between") {
  model_spec plain;
  plain.head_dim = 64;
  plain.rope.theta = 500000;
  auto scaled = plain;
  scaled.rope.scaling = rope_scaling::llama3;
  scaled.rope.factor = 8;
  scaled.rope.original_context_tokens = 8192;
  const rope_table before{plain};
  const rope_table after{scaled};
  CHECK(after.frequencies().front() == before.frequencies().front());
  CHECK(after.frequencies().back() == before.frequencies().back() / 8);
  bool has_blend = false;
  for (std::size_t i = 0; i < 32; ++i) {
    const float share = after.frequencies()[i] / before.frequencies()[i];
    CHECK(share <= 1.0F);
    CHECK(share >= 0.125F);
    has_blend = has_blend || (share < 0.99F && share > 0.13F);
  }
  CHECK(has_blend);
  scaled.rope.high_freq_factor = scaled.rope.low_freq_factor;
  const rope_table no_middle{scaled};
  for (const float frequency : no_middle.frequencies()) {
    CHECK(std::isfinite(frequency));
  }
}
