// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/activate.hpp"
#include "cuda/ops/add_norm.hpp"
#include "cuda/ops/embedding.hpp"
#include "cuda/ops/move_rows.hpp"
#include "test/conformance/support/numbers.hpp"
#include "test/gpu/support/device.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace troupe;
using namespace troupe::cuda::ops;
using engine::cpu::cpu_path;
using engine::ops::dtype;

namespace {

const engine::cpu::cpu_ops& cpu() {
  return engine::cpu::select_ops(cpu_path::portable);
}

constexpr std::int32_t widths[] = {1, 2, 31, 32, 33, 64, 100, 513, 1030};

std::vector<float> numbers(std::size_t count, rng& random, bool is_adversarial) {
  return is_adversarial ? test::adversarial(count, random) : test::normals(count, 2, random);
}

/// Arguments of add_norm as vectors, and what the CPU makes of them.
struct norm_case {
  std::int32_t rows;
  std::int32_t cols;
  norm_kind kind;
  bool has_y;
  bool has_y_norm;
  element y_type;
  element out_type;
};

void check_norm(const norm_case& c, bool is_adversarial, rng& random) {
  constexpr float eps = 1e-5F;
  const auto stride = static_cast<std::size_t>(c.cols) + 3;
  const auto count = static_cast<std::size_t>(c.rows) * stride;
  const auto width = static_cast<std::size_t>(c.cols);
  auto x = numbers(count, random, is_adversarial);
  const auto y = test::as_held(numbers(count, random, is_adversarial), c.y_type);
  const auto bias = test::normals(width, 1, random);
  const auto y_weight = test::normals(width, 1, random);
  const auto weight = test::normals(width, 1, random);

  const test::device_array<float> x_there(x);
  const test::device_rows y_there(y, stride, c.y_type);
  const test::device_array<float> bias_there(bias);
  const test::device_array<float> y_weight_there(y_weight);
  const test::device_array<float> weight_there(weight);
  const test::device_rows out_there(x, stride, c.out_type);
  REQUIRE(add_norm({.x = x_there.data(),
                    .x_stride = stride,
                    .rows = c.rows,
                    .cols = c.cols,
                    .kind = c.kind,
                    .eps = eps,
                    .y = c.has_y ? y_there.in() : rows_in{},
                    .y_bias = c.has_y ? bias_there.data() : nullptr,
                    .y_weight = c.has_y_norm ? y_weight_there.data() : nullptr,
                    .y_weight_bias = c.kind == norm_kind::layer ? bias_there.data() : nullptr,
                    .weight = weight_there.data(),
                    .bias = c.kind == norm_kind::layer ? bias_there.data() : nullptr,
                    .out = out_there.out()},
                   nullptr)
          == cuda::success);

  const auto norm = [&](std::vector<float>& rows, const std::vector<float>& by) {
    if (c.kind == norm_kind::rms) {
      cpu().rms_norm({.x = rows.data(),
                      .x_stride = stride,
                      .rows = c.rows,
                      .cols = c.cols,
                      .weight = by.data(),
                      .eps = eps,
                      .out = rows.data(),
                      .out_stride = stride});
    } else {
      cpu().layer_norm({.x = rows.data(),
                        .x_stride = stride,
                        .rows = c.rows,
                        .cols = c.cols,
                        .weight = by.data(),
                        .bias = bias.data(),
                        .eps = eps,
                        .out = rows.data(),
                        .out_stride = stride});
    }
  };
  if (c.has_y) {
    auto added = y;
    cpu().add({.x = bias.data(),
               .x_stride = 0,
               .rows = c.rows,
               .cols = c.cols,
               .out = added.data(),
               .out_stride = stride});
    if (c.has_y_norm) {
      norm(added, y_weight);
    }
    cpu().add({.x = added.data(),
               .x_stride = stride,
               .rows = c.rows,
               .cols = c.cols,
               .out = x.data(),
               .out_stride = stride});
  }
  auto out = x;
  norm(out, weight);

  const auto x_got = x_there.read();
  const auto out_got = out_there.read();
  for (std::size_t r = 0; r < static_cast<std::size_t>(c.rows); ++r) {
    double squares = 0;
    double largest = 0;
    for (std::size_t k = 0; k < width; ++k) {
      const double value = x[r * stride + k];
      squares += value * value;
      largest = std::max(largest, std::abs(value));
    }
    const double inverse = 1 / std::sqrt(squares / static_cast<double>(c.cols) + eps);
    for (std::size_t k = 0; k < width; ++k) {
      const auto at = r * stride + k;
      if (c.has_y_norm) {
        REQUIRE(std::abs(x_got[at] - x[at]) <= 4e-6 * (std::abs(x[at]) + largest));
      } else {
        REQUIRE(x_got[at] == x[at]);
      }
      const double allowed = (test::rounding_of(c.out_type) + 8e-6) * std::abs(out[at])
                             + 8e-6 * largest * inverse * std::abs(weight[k]) + 0x1p-133;
      REQUIRE(std::abs(out_got[at] - out[at]) <= allowed);
    }
  }
}

/// Two rows of a table of any type, with scales that are small numbers.
std::vector<std::byte> table_of(dtype type, std::size_t cols, rng& random) {
  std::vector<std::byte> bytes(2 * engine::ops::row_bytes(type, cols));
  for (auto& one : bytes) {
    one = static_cast<std::byte>(random.below(256));
  }
  const auto step = engine::ops::is_blocked(type)
                        ? engine::ops::row_bytes(type, engine::ops::block_inputs)
                        : engine::ops::element_bytes(type);
  for (std::size_t at = 0; at < bytes.size(); at += step) {
    const auto high = type == dtype::f32 ? at + 3 : at + 1; // No infinity, no NaN.
    bytes[high] = static_cast<std::byte>(random.below(0x30));
  }
  return bytes;
}

} // namespace

TEST_CASE("embedding has the CPU's bits for every type and odd widths") {
  if (test::lacks_device()) {
    return;
  }
  rng random{1};
  for (const auto type : {dtype::f32, dtype::bf16, dtype::f16, dtype::q8_0, dtype::q4_0}) {
    for (const std::int32_t cols : {32, 96, 544, 33}) {
      if (engine::ops::is_blocked(type) && cols % 32 != 0) {
        continue;
      }
      const auto width = static_cast<std::size_t>(cols);
      const auto table = table_of(type, width, random);
      const std::vector<std::uint32_t> ids{1, 0, 1};
      std::vector<float> expected(3 * width);
      cpu().embedding({.table = table.data(),
                       .type = type,
                       .cols = cols,
                       .scale = 1.5F,
                       .ids = ids.data(),
                       .rows = 3,
                       .out = expected.data(),
                       .out_stride = width});
      const test::device_array<std::byte> table_there(table);
      const test::device_array<std::uint32_t> ids_there(ids);
      for (const auto out_type : test::both_types) {
        const test::device_rows out(expected, width, out_type);
        REQUIRE(embedding({.table = table_there.data(),
                           .type = type,
                           .cols = cols,
                           .scale = 1.5F,
                           .ids = ids_there.data(),
                           .rows = 3,
                           .out = out.out()},
                          nullptr)
                == cuda::success);
        CHECK(test::same_bits(out.read(), test::as_held(expected, out_type)));
      }
    }
  }
}

TEST_CASE("add_norm adds and norms as the CPU's ops do in a row") {
  if (test::lacks_device()) {
    return;
  }
  rng random{2};
  for (const auto kind : {norm_kind::rms, norm_kind::layer}) {
    for (const auto cols : widths) {
      for (const bool is_adversarial : {false, true}) {
        check_norm({3, cols, kind, false, false, element::f32, element::bf16}, is_adversarial,
                   random);
        check_norm({2, cols, kind, true, false, element::bf16, element::bf16}, is_adversarial,
                   random);
        check_norm({1, cols, kind, true, true, element::f32, element::f32}, is_adversarial, random);
      }
    }
  }
}

TEST_CASE(
    "add_norm leaves the sum alone where no norm is asked for, and refuses what is too wide") {
  if (test::lacks_device()) {
    return;
  }
  const test::device_array<float> x(std::vector<float>{1, 2, 3});
  const test::device_rows y({10, 20, 30}, 3, element::bf16);
  REQUIRE(add_norm({.x = x.data(), .x_stride = 3, .rows = 1, .cols = 3, .y = y.in()}, nullptr)
          == cuda::success);
  CHECK(x.read() == std::vector<float>{11, 22, 33});
  CHECK(add_norm({.x = x.data(), .rows = 1, .cols = cols_max + 1}, nullptr) == cuda::invalid_value);
  CHECK(add_norm({.x = x.data(), .rows = 0, .cols = 3}, nullptr) == cuda::invalid_value);
}

TEST_CASE("activations have the CPU's bits in fp32, also of what is no number") {
  if (test::lacks_device()) {
    return;
  }
  rng random{3};
  for (const auto act :
       {activation::silu_mul, activation::gelu_mul, activation::swiglu_oai, activation::gelu}) {
    const std::size_t halves = act == activation::gelu ? 1 : 2;
    for (const auto cols : widths) {
      const auto width = static_cast<std::size_t>(cols);
      auto x = test::normals(2 * halves * width, 20, random);
      x[0] = 500;
      x[halves * width] = -500;
      if (width > 3) {
        x[1] = std::numeric_limits<float>::quiet_NaN();
        x[2] = std::numeric_limits<float>::infinity();
        x[3] = -std::numeric_limits<float>::infinity();
      }
      for (const auto type : test::both_types) {
        const auto held = test::as_held(x, type);
        auto expected = held;
        const engine::ops::silu_mul_args args{.gate_up = held.data(),
                                              .gate_up_stride = halves * width,
                                              .rows = 2,
                                              .cols = cols,
                                              .out = expected.data(),
                                              .out_stride = width};
        if (act == activation::gelu) {
          cpu().gelu({.x = expected.data(), .x_stride = width, .rows = 2, .cols = cols});
        } else {
          (act == activation::silu_mul   ? cpu().silu_mul
           : act == activation::gelu_mul ? cpu().gelu_mul
                                         : cpu().swiglu_oai)(args);
        }
        expected.resize(2 * width);
        const test::device_rows in(held, halves * width, type);
        const test::device_rows out(expected, width, type);
        REQUIRE(
            activate({.act = act, .x = in.in(), .rows = 2, .cols = cols, .out = out.out()}, nullptr)
            == cuda::success);
        CHECK(test::near(out.read(), test::as_held(expected, type), 0));
      }
    }
  }
}

TEST_CASE("an activation adds a bias to gate and up before") {
  if (test::lacks_device()) {
    return;
  }
  const std::vector<float> x{1, 2, 3, 4};
  const std::vector<float> bias{0.5F, -1, 2, 0.25F};
  const std::vector<float> sum{1.5F, 1, 5, 4.25F};
  std::vector<float> expected(2);
  cpu().silu_mul({.gate_up = sum.data(),
                  .gate_up_stride = 4,
                  .rows = 1,
                  .cols = 2,
                  .out = expected.data(),
                  .out_stride = 2});
  const test::device_rows in(x, 4, element::f32);
  const test::device_array<float> bias_there(bias);
  const test::device_rows out(expected, 2, element::f32);
  REQUIRE(
      activate({.x = in.in(), .bias = bias_there.data(), .rows = 1, .cols = 2, .out = out.out()},
               nullptr)
      == cuda::success);
  CHECK(test::same_bits(out.read(), expected));
}

TEST_CASE("softcap has the CPU's bits") {
  if (test::lacks_device()) {
    return;
  }
  rng random{4};
  for (const std::int32_t cols : {1, 33, 5000}) {
    const auto width = static_cast<std::size_t>(cols);
    auto x = test::normals(2 * width, 60, random);
    const test::device_array<float> there(x);
    REQUIRE(
        softcap({.x = there.data(), .x_stride = width, .rows = 2, .cols = cols, .cap = 30}, nullptr)
        == cuda::success);
    cpu().softcap({.x = x.data(), .x_stride = width, .rows = 2, .cols = cols, .cap = 30});
    CHECK(test::same_bits(there.read(), x));
  }
}

TEST_CASE("rows are gathered with their shares and mixed again") {
  if (test::lacks_device()) {
    return;
  }
  rng random{5};
  constexpr std::int32_t cols = 70;
  constexpr std::size_t width = 70;
  const auto x = test::as_held(test::normals(4 * width, 2, random), element::bf16);
  const std::vector<std::int32_t> index{3, 0, 3, 1, 2};
  const auto share = test::normals(5, 1, random);
  std::vector<float> expected(5 * width);
  cpu().gather_rows({.x = x.data(),
                     .x_stride = width,
                     .index = index.data(),
                     .share = share.data(),
                     .rows = 5,
                     .cols = cols,
                     .out = expected.data(),
                     .out_stride = width});
  const test::device_rows x_there(x, width, element::bf16);
  const test::device_array<std::int32_t> index_there(index);
  const test::device_array<float> share_there(share);
  const test::device_rows out(expected, width, element::f32);
  REQUIRE(gather_rows({.x = x_there.in(),
                       .index = index_there.data(),
                       .share = share_there.data(),
                       .rows = 5,
                       .cols = cols,
                       .out = out.out()},
                      nullptr)
          == cuda::success);
  CHECK(test::same_bits(out.read(), expected));

  const std::vector<std::int32_t> places{4, 0, -1, 2}; // Two rows of two.
  const test::device_array<std::int32_t> places_there(places);
  const test::device_rows mixed(std::vector<float>(2 * width), width, element::f32);
  REQUIRE(mix_rows({.x = out.in(),
                    .place = places_there.data(),
                    .share = share_there.data(),
                    .rows = 2,
                    .chosen = 2,
                    .cols = cols,
                    .out = mixed.out()},
                   nullptr)
          == cuda::success);
  const auto got = mixed.read();
  for (std::size_t c = 0; c < width; ++c) {
    const float first = share[0] * expected[4 * width + c] + share[1] * expected[c];
    REQUIRE(got[c] == doctest::Approx(first).epsilon(1e-5));
    REQUIRE(got[width + c] == 0.0F + share[3] * expected[2 * width + c]);
  }
}
