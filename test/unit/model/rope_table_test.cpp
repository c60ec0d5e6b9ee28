// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/rope_table.hpp"

#include <doctest/doctest.h>

#include <cmath>

using namespace troupe::engine;

TEST_CASE("angles are position times theta^(-2i/d), row by row as the table grows") {
  rope_table table{{.theta = 10000}, 16};
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
  const rope_spec plain{.theta = 500000};
  auto scaled = plain;
  scaled.scaling = rope_scaling::llama3;
  scaled.factor = 8;
  scaled.original_context_tokens = 8192;
  const rope_table before{plain, 64};
  const rope_table after{scaled, 64};
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
  scaled.high_freq_factor = scaled.low_freq_factor;
  const rope_table no_middle{scaled, 64};
  for (const float frequency : no_middle.frequencies()) {
    CHECK(std::isfinite(frequency));
  }
}

TEST_CASE("yarn keeps short waves, slows long ones by the factor and raises cosines by its gain") {
  const rope_spec plain{.theta = 10000};
  auto scaled = plain;
  scaled.scaling = rope_scaling::yarn;
  scaled.factor = 4;
  scaled.original_context_tokens = 4096;
  scaled.gain = 1.25;
  const rope_table before{plain, 64};
  rope_table after{scaled, 64};
  CHECK(after.frequencies().front() == before.frequencies().front());
  CHECK(after.frequencies().back() == before.frequencies().back() / 4);
  for (std::size_t i = 1; i < 32; ++i) {
    CHECK(after.frequencies()[i] < after.frequencies()[i - 1]);
  }
  after.cover(1);
  CHECK(after.cos()[0] == 1.25F);
  scaled.has_whole_range = false;
  const rope_table fractional{scaled, 64};
  CHECK(fractional.frequencies() != after.frequencies());
}
