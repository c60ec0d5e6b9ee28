// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/decoder/decoder.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <cmath>
#include <memory>
#include <vector>

/// A decoder of random weights that has every option of a shape.
namespace troupe::test {

inline constexpr std::int32_t blocks = 3;
inline constexpr std::int32_t positions = 16 * blocks;

inline cuda::decoder_shape small_shape() {
  return {.layers = 2,
          .hidden = 64,
          .heads = 4,
          .kv_heads = 2,
          .head_dim = 64,
          .feed_forward = 80,
          .vocab = 96,
          .eps = 1e-5F,
          .act = cuda::ops::activation::gelu_mul,
          .rotary_dim = 32,
          .embed_scale = 8,
          .attention_scale = 0.125F,
          .attention_softcap = 20,
          .logit_softcap = 10};
}

class small_weights {
public:
  [[nodiscard]] cuda::device_weights all() {
    const auto* cos = vector(positions * 16, 0.7F, 0);
    const auto* sin = vector(positions * 16, 0.7F, 0);
    cuda::device_weights w;
    w.embedding = matrix(96, 64).data;
    w.head = matrix(96, 64);
    w.final_norm = vector(64, 0.1F, 1);
    for (int layer = 0; layer < 2; ++layer) {
      w.layers.push_back({.input_norm = vector(64, 0.1F, 1),
                          .qkv = matrix(8 * 64, 64),
                          .qkv_bias = vector(8 * 64, 0.1F, 0),
                          .q_norm = vector(64, 0.1F, 1),
                          .k_norm = vector(64, 0.1F, 1),
                          .sinks = vector(4, 1, 0),
                          .attention_out = matrix(64, 4 * 64),
                          .attention_out_norm = vector(64, 0.1F, 1),
                          .post_norm = vector(64, 0.1F, 1),
                          .gate_up = matrix(2 * 80, 64),
                          .down = matrix(64, 80),
                          .down_norm = vector(64, 0.1F, 1),
                          .window = layer == 0 ? 9 : 0,
                          .cos = layer == 0 ? cos : nullptr,
                          .sin = layer == 0 ? sin : nullptr});
    }
    return w;
  }

private:
  cuda::ops::matrix_in matrix(std::size_t outputs, std::size_t inputs) {
    kept_.push_back(std::make_unique<device_array<cuda::bf16>>(narrowed(
        normals(outputs * inputs, 1.0F / std::sqrt(static_cast<float>(inputs)), random_))));
    return {kept_.back()->data()};
  }
  const float* vector(std::size_t count, float deviation, float mean) {
    auto values = normals(count, deviation, random_);
    for (auto& value : values) {
      value += mean;
    }
    vectors_.push_back(std::make_unique<device_array<float>>(values));
    return vectors_.back()->data();
  }

  rng random_{7};
  std::vector<std::unique_ptr<device_array<cuda::bf16>>> kept_;
  std::vector<std::unique_ptr<device_array<float>>> vectors_;
};

} // namespace troupe::test
