// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"
#include "engine/core/cpu/exp.hpp"
#include "engine/core/ops/k_block.hpp"
#include "test/conformance/support/numbers.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <numbers>

using namespace troupe;
using namespace troupe::engine;

TEST_CASE("rms_norm has the same bits on every path and follows the double formula") {
  rng random{1};
  for (const std::int32_t cols : {1, 7, 16, 33, 256, 1000}) {
    const auto size = static_cast<std::size_t>(cols);
    const auto x = test::normals(3 * size, 2, random);
    const auto weight = test::normals(size, 1, random);
    std::vector<std::vector<float>> results;
    for (const auto path : test::paths()) {
      std::vector<float> out(3 * size);
      cpu::select_ops(path).rms_norm({.x = x.data(),
                                      .x_stride = size,
                                      .rows = 3,
                                      .cols = cols,
                                      .weight = weight.data(),
                                      .eps = 1e-5F,
                                      .out = out.data(),
                                      .out_stride = size});
      results.push_back(out);
      CHECK(test::same_bits(out, results.front()));
    }
    for (std::size_t r = 0; r < 3; ++r) {
      double squares = 0;
      for (std::size_t c = 0; c < size; ++c) {
        squares += static_cast<double>(x[r * size + c]) * x[r * size + c];
      }
      const double inverse = 1 / std::sqrt(squares / cols + 1e-5);
      for (std::size_t c = 0; c < size; ++c) {
        REQUIRE(results.front()[r * size + c]
                == doctest::Approx(x[r * size + c] * inverse * weight[c]).epsilon(1e-6));
      }
    }
  }
}

TEST_CASE("silu_mul has the same bits on every path, also far out and in place") {
  rng random{2};
  for (const std::int32_t cols : {1, 5, 8, 20, 704}) {
    const auto size = static_cast<std::size_t>(cols);
    auto input = test::normals(2 * 2 * size, 30, random);
    input[0] = 500.0F;
    input[2 * size] = -500.0F;
    std::vector<std::vector<float>> results;
    for (const auto path : test::paths()) {
      auto out = input;
      cpu::select_ops(path).silu_mul({.gate_up = out.data(),
                                      .gate_up_stride = 2 * size,
                                      .rows = 2,
                                      .cols = cols,
                                      .out = out.data(),
                                      .out_stride = 2 * size});
      results.push_back(out);
      CHECK(test::same_bits(out, results.front()));
    }
    for (std::size_t c = 0; c < size; ++c) {
      const double gate = input[c];
      const double expected = gate / (1 + std::exp(-gate)) * input[size + c];
      REQUIRE(results.front()[c] == doctest::Approx(expected).epsilon(1e-6));
    }
  }
}

TEST_CASE("gelu_mul follows the tanh form, also far out and in place") {
  rng random{12};
  const std::size_t size = 500;
  auto out = test::normals(2 * 2 * size, 3, random);
  out[0] = 500.0F;
  out[1] = -500.0F;
  const auto input = out;
  cpu::select_ops().gelu_mul({.gate_up = out.data(),
                              .gate_up_stride = 2 * size,
                              .rows = 2,
                              .cols = static_cast<std::int32_t>(size),
                              .out = out.data(),
                              .out_stride = 2 * size});
  for (std::size_t r = 0; r < 2; ++r) {
    for (std::size_t c = 0; c < size; ++c) {
      const double g = input[r * 2 * size + c];
      const double inner = std::sqrt(2 / std::numbers::pi) * (g + 0.044715 * g * g * g);
      const double expected = g / (1 + std::exp(-2 * inner)) * input[r * 2 * size + size + c];
      REQUIRE(std::abs(out[r * 2 * size + c] - expected) <= 1e-7 + 3e-6 * std::abs(expected));
    }
  }
}

TEST_CASE("swiglu_oai follows the double formula on both sides of its limits, in place") {
  rng random{16};
  const std::size_t size = 500;
  auto out = test::normals(2 * size, 6, random);
  out[0] = 500.0F;
  out[1] = -500.0F;
  const auto input = out;
  cpu::select_ops().swiglu_oai({.gate_up = out.data(),
                                .gate_up_stride = 2 * size,
                                .rows = 1,
                                .cols = static_cast<std::int32_t>(size),
                                .out = out.data(),
                                .out_stride = 2 * size});
  for (std::size_t c = 0; c < size; ++c) {
    const double g = std::min(static_cast<double>(input[c]), 7.0);
    const double u = std::clamp(static_cast<double>(input[size + c]), -7.0, 7.0);
    const double expected = g / (1 + std::exp(-1.702 * g)) * (u + 1);
    REQUIRE(std::abs(out[c] - expected) <= 1e-7 + 3e-6 * std::abs(expected));
  }
}

TEST_CASE("gelu follows the normal distribution far into both tails") {
  rng random{17};
  auto x = test::normals(2 * 50000, 3, random);
  for (std::size_t i = 0; i < x.size(); i += 2) {
    x[i] *= 0.2F;
  }
  const auto input = x;
  cpu::select_ops().gelu({.x = x.data(), .x_stride = 50000, .rows = 2, .cols = 50000});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double value = input[i];
    const double expected = value * 0.5 * std::erfc(-value / std::numbers::sqrt2);
    REQUIRE(std::abs(x[i] - expected) <= 2e-6 * std::abs(expected));
  }
  std::vector<float> far{0.0F, -0.0F, 50.0F, -50.0F, 1e30F, std::nanf("")};
  cpu::select_ops().gelu({.x = far.data(), .x_stride = 6, .rows = 1, .cols = 6});
  CHECK(far[0] == 0.0F);
  CHECK(far[1] == 0.0F);
  CHECK(far[2] == 50.0F);
  CHECK(std::abs(far[3]) < 1e-30F);
  CHECK(far[4] == 1e30F);
  CHECK(std::isnan(far[5]));
}

TEST_CASE("layer_norm has the same bits on every path and follows the double formula, in place") {
  rng random{18};
  for (const std::int32_t cols : {2, 7, 16, 33, 1000}) {
    const auto size = static_cast<std::size_t>(cols);
    auto x = test::normals(3 * size, 2, random);
    for (auto& value : x) {
      value += 5;
    }
    const auto weight = test::normals(size, 1, random);
    const auto bias = test::normals(size, 1, random);
    std::vector<std::vector<float>> results;
    for (const auto path : test::paths()) {
      auto out = x;
      cpu::select_ops(path).layer_norm({.x = out.data(),
                                        .x_stride = size,
                                        .rows = 3,
                                        .cols = cols,
                                        .weight = weight.data(),
                                        .bias = bias.data(),
                                        .eps = 1e-5F,
                                        .out = out.data(),
                                        .out_stride = size});
      results.push_back(out);
      CHECK(test::same_bits(out, results.front()));
    }
    for (std::size_t r = 0; r < 3; ++r) {
      double mean = 0;
      double squares = 0;
      for (std::size_t c = 0; c < size; ++c) {
        mean += static_cast<double>(x[r * size + c]) / cols;
      }
      for (std::size_t c = 0; c < size; ++c) {
        squares += std::pow(static_cast<double>(x[r * size + c]) - mean, 2);
      }
      const double inverse = 1 / std::sqrt(squares / cols + 1e-5);
      for (std::size_t c = 0; c < size; ++c) {
        const double expected = (static_cast<double>(x[r * size + c]) - mean) * inverse * weight[c];
        REQUIRE(results.front()[r * size + c] == doctest::Approx(expected + bias[c]).epsilon(1e-5));
      }
    }
  }
}

TEST_CASE("softcap follows the double formula and never exceeds its cap") {
  rng random{13};
  auto x = test::normals(2 * 100, 40, random);
  x[0] = 1e30F;
  x[1] = -1e30F;
  x[2] = 0.0F;
  const auto input = x;
  cpu::select_ops().softcap({.x = x.data(), .x_stride = 100, .rows = 2, .cols = 90, .cap = 30});
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double expected = i % 100 < 90 ? 30 * std::tanh(input[i] / 30.0) : input[i];
    REQUIRE(x[i] == doctest::Approx(expected).epsilon(1e-6));
    CHECK((i % 100 >= 90 || std::abs(x[i]) <= 30.0F));
  }
  CHECK(x[0] == 30.0F);
  CHECK(x[1] == -30.0F);
}

TEST_CASE("tanh is odd and stays within four units in the last place") {
  rng random{15};
  for (int i = 0; i < 100000; ++i) {
    const auto x = static_cast<float>((random.uniform() - 0.5) * (i % 2 == 0 ? 1 : 24));
    const double exact = std::tanh(static_cast<double>(x));
    REQUIRE(std::abs(cpu::tanh_f32(x) - exact) <= std::abs(exact) * 4.8e-7);
    CHECK(cpu::tanh_f32(-x) == -cpu::tanh_f32(x));
  }
}

TEST_CASE("exp stays within two units in the last place and is clamped outside its range") {
  rng random{3};
  for (int i = 0; i < 200000; ++i) {
    const auto x = static_cast<float>(random.uniform() * 174 - 87);
    const double exact = std::exp(static_cast<double>(x));
    REQUIRE(std::abs(cpu::exp_f32(x) - exact) <= exact * 2.4e-7);
  }
  CHECK(cpu::exp_f32(0.0F) == 1.0F);
  CHECK(cpu::exp_f32(-0.0F) == 1.0F);
  CHECK(cpu::exp_f32(-1e30F) == cpu::exp_f32(-87.0F));
  CHECK(cpu::exp_f32(1e30F) == cpu::exp_f32(88.0F));
  CHECK(std::isnan(cpu::exp_f32(std::nanf(""))));
}

TEST_CASE("rope turns each pair by the angle of its position and keeps its length") {
  std::vector<float> cos_table(16, 0);
  std::vector<float> sin_table(16, 0);
  for (std::size_t i = 0; i < 8; ++i) {
    cos_table[i] = 1.0F;
    cos_table[8 + i] = std::cos(static_cast<float>(i));
    sin_table[8 + i] = std::sin(static_cast<float>(i));
  }
  rng random{4};
  const auto before = test::normals(32, 1, random);
  auto x = before;
  const std::uint32_t positions[] = {1};

  cpu::select_ops().rope({.x = x.data(),
                          .x_stride = 32,
                          .rows = 1,
                          .heads = 2,
                          .head_dim = 16,
                          .positions = positions,
                          .cos = cos_table.data(),
                          .sin = sin_table.data()});

  for (std::size_t head = 0; head < 2; ++head) {
    for (std::size_t i = 0; i < 8; ++i) {
      const float a = before[head * 16 + i];
      const float b = before[head * 16 + 8 + i];
      const auto angle = static_cast<float>(i);
      CHECK(x[head * 16 + i] == doctest::Approx(a * std::cos(angle) - b * std::sin(angle)));
      CHECK(x[head * 16 + 8 + i] == doctest::Approx(b * std::cos(angle) + a * std::sin(angle)));
    }
  }
}

TEST_CASE("rope of a part of each head turns that part as a smaller head and leaves the rest") {
  rng random{14};
  const auto table = test::normals(2 * 6, 1, random);
  const auto before = test::normals(32, 1, random);
  auto x = before;
  const std::uint32_t positions[] = {1};
  const auto& ops = cpu::select_ops();
  ops.rope({.x = x.data(),
            .x_stride = 32,
            .rows = 1,
            .heads = 2,
            .head_dim = 16,
            .rotary_dim = 12,
            .positions = positions,
            .cos = table.data(),
            .sin = table.data()});

  for (std::size_t head = 0; head < 2; ++head) {
    for (std::size_t i = 0; i < 6; ++i) {
      const float a = before[head * 16 + i];
      const float b = before[head * 16 + 6 + i];
      const float turn = table[6 + i];
      CHECK(x[head * 16 + i] == doctest::Approx(a * turn - b * turn));
      CHECK(x[head * 16 + 6 + i] == doctest::Approx(b * turn + a * turn));
    }
    for (std::size_t i = 12; i < 16; ++i) {
      CHECK(x[head * 16 + i] == before[head * 16 + i]);
    }
  }
}

TEST_CASE("rope of adjacent pairs turns as rope of halves turns the same elements sorted apart") {
  rng random{19};
  const auto cos_table = test::normals(2 * 6, 1, random);
  const auto sin_table = test::normals(2 * 6, 1, random);
  const auto before = test::normals(32, 1, random);
  auto apart = before;
  auto close = before;
  for (std::size_t head = 0; head < 2; ++head) {
    for (std::size_t i = 0; i < 6; ++i) {
      close[head * 16 + 2 * i] = before[head * 16 + i];
      close[head * 16 + 2 * i + 1] = before[head * 16 + 6 + i];
    }
  }
  const std::uint32_t positions[] = {1};
  ops::rope_args args{.x = apart.data(),
                      .x_stride = 32,
                      .rows = 1,
                      .heads = 2,
                      .head_dim = 16,
                      .rotary_dim = 12,
                      .positions = positions,
                      .cos = cos_table.data(),
                      .sin = sin_table.data()};
  cpu::select_ops().rope(args);
  args.x = close.data();
  args.has_adjacent_pairs = true;
  cpu::select_ops().rope(args);
  for (std::size_t head = 0; head < 2; ++head) {
    for (std::size_t i = 0; i < 6; ++i) {
      CHECK(close[head * 16 + 2 * i] == apart[head * 16 + i]);
      CHECK(close[head * 16 + 2 * i + 1] == apart[head * 16 + 6 + i]);
    }
    for (std::size_t i = 12; i < 16; ++i) {
      CHECK(close[head * 16 + i] == before[head * 16 + i]);
    }
  }
}

TEST_CASE("scale_rows multiplies each row by its own number within the stride") {
  std::vector<float> x{1, 2, 90, 3, 4, 90};
  const std::vector<float> scale{2, 10};

  cpu::select_ops().scale_rows(
      {.x = x.data(), .x_stride = 3, .rows = 2, .cols = 2, .scale = scale.data()});

  CHECK(x == std::vector<float>{2, 4, 90, 30, 40, 90});
}

TEST_CASE("embedding widens the chosen rows exactly, at any alignment") {
  std::vector<std::byte> storage(1 + 3 * 4 * 2);
  auto* table = storage.data() + 1;
  for (std::uint16_t i = 0; i < 12; ++i) {
    const std::uint16_t bits = test::to_bf16(static_cast<float>(i));
    std::memcpy(table + 2 * i, &bits, 2);
  }
  const std::uint32_t ids[] = {2, 0};
  std::vector<float> out(8);

  cpu::select_ops().embedding({.table = table,
                               .type = ops::dtype::bf16,
                               .cols = 4,
                               .ids = ids,
                               .rows = 2,
                               .out = out.data(),
                               .out_stride = 4});

  CHECK(out == std::vector<float>{8, 9, 10, 11, 0, 1, 2, 3});
}

TEST_CASE("embedding widens rows of k blocks as they are read, times the scale") {
  rng random{6};
  for (const auto type : {ops::dtype::q4_k, ops::dtype::q6_k}) {
    const auto size = ops::bytes_of_block(type);
    std::vector<std::byte> table(4 * size); // Two rows of two blocks.
    for (auto& one : table) {
      one = static_cast<std::byte>(random.below(0x50)); // No infinity as a half.
    }
    const std::uint32_t ids[] = {1, 0, 1};
    constexpr std::size_t cols = 512;
    std::vector<float> out(3 * (cols + 3), 7);

    cpu::select_ops().embedding({.table = table.data(),
                                 .type = type,
                                 .cols = cols,
                                 .scale = 2,
                                 .ids = ids,
                                 .rows = 3,
                                 .out = out.data(),
                                 .out_stride = cols + 3});

    for (std::size_t r = 0; r < 3; ++r) {
      for (std::size_t c = 0; c < cols; ++c) {
        const auto* block = table.data() + (ids[r] * 2 + c / 256) * size;
        REQUIRE(out[r * (cols + 3) + c]
                == 2 * ops::number_of(ops::take_apart(type, block), type, c % 256));
      }
      CHECK(out[r * (cols + 3) + cols] == 7);
    }
  }
}

TEST_CASE("add adds row by row within the strides") {
  const std::vector<float> x{1, 2, 90, 3, 4, 90};
  std::vector<float> out{10, 20, 30, 40};

  cpu::select_ops().add(
      {.x = x.data(), .x_stride = 3, .rows = 2, .cols = 2, .out = out.data(), .out_stride = 2});

  CHECK(out == std::vector<float>{11, 22, 33, 44});
}
