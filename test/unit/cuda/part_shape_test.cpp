// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/core/part_shape.hpp"

#include <doctest/doctest.h>

using namespace troupe::cuda;
using troupe::engine::ops::dtype;

namespace {

constexpr model_facts model{.hidden = 256,
                            .heads = 8,
                            .kv_heads = 2,
                            .head_dim = 64,
                            .feed_forward = 512,
                            .vocab = 1000,
                            .experts = {.count = 4, .feed_forward = 128, .held = 4},
                            .head_rows = 1000};

std::optional<std::size_t> bytes(part what, dtype type, const layer_facts& layer = {}) {
  return bytes_of(what, shape_of(what, model, layer), type);
}

} // namespace

TEST_CASE("a part's bytes follow from its type") {
  CHECK(bytes(part::down, dtype::bf16) == 256 * 512 * 2);
  CHECK(bytes(part::down, dtype::q8_0) == 256 * 512 / 32 * 34);
  CHECK(bytes(part::down, dtype::fp8) == 256 * (512 + 4 * 4));
  CHECK(bytes(part::embedding, dtype::q4_0) == 1000 * 256 / 32 * 18);
  CHECK(bytes(part::head, dtype::q4_0) == 63 * 16 * 256 / 32 * 18); // Whole panels of 16.
  CHECK(bytes(part::input_norm, dtype::bf16) == 256 * 4);
}

TEST_CASE("each expert is packed alone") {
  CHECK(bytes(part::expert_down, dtype::mxfp4) == 4 * 16 * (16 * 128 / 32 * 17));
  CHECK(bytes(part::expert_down, dtype::bf16) == 4 * 256 * 128 * 2);
}

TEST_CASE("rows of v are behind those of q and k unless they are of another type") {
  CHECK(shape_of(part::qkv, model, {}).outputs == 12 * 64);
  CHECK(shape_of(part::values, model, {}).outputs == 0);
  CHECK(shape_of(part::qkv, model, {.has_values = 1}).outputs == 10 * 64);
  CHECK(shape_of(part::values, model, {.has_values = 1}).outputs == 2 * 64);
}

TEST_CASE("parts that are read as bf16, parts of blocks and types that are none are refused") {
  CHECK_FALSE(bytes(part::router, dtype::q8_0));
  CHECK_FALSE(bytes(part::embedding, dtype::q4_k));
  CHECK_FALSE(bytes(part::down, dtype::f32));
  CHECK_FALSE(bytes(part::down, static_cast<dtype>(200)));
  CHECK_FALSE(bytes(part::expert_down, dtype::q4_k)); // 128 inputs are half a k block.
}
