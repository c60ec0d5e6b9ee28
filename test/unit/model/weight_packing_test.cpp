// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/weight_packing.hpp"

#include "engine/model/gguf_blocks.hpp"
#include "runtime/base/rng.hpp"
#include "test/support/k_blocks.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using ops::dtype;

namespace {

constexpr std::size_t inputs = 96;

std::vector<std::byte> rows_of(const std::vector<float>& numbers, dtype type) {
  std::vector<std::byte> out(numbers.size() / inputs * ops::row_bytes(type, inputs));
  if (type == dtype::f32) {
    std::memcpy(out.data(), numbers.data(), out.size());
  } else {
    quantize(type == dtype::q8_0 ? gguf_type::q8_0 : gguf_type::q4_0, numbers, out);
  }
  return out;
}

std::vector<float> random_numbers(std::size_t rows) {
  rng random{7};
  std::vector<float> numbers(rows * inputs);
  for (auto& one : numbers) {
    one = static_cast<float>(random.uniform()) - 0.5F;
  }
  return numbers;
}

bool same(const owned_matrix& a, const owned_matrix& b) {
  return a.view.type == b.view.type && a.memory.size() == b.memory.size()
         && std::memcmp(a.memory.data(), b.memory.data(), a.memory.size()) == 0;
}

} // namespace

TEST_CASE("rounding while packing gives what packing rounded rows gives") {
  cpu::parallel workers{2};
  const auto numbers = random_numbers(20);
  const auto wide = rows_of(numbers, dtype::f32);
  for (const auto type : {dtype::q8_0, dtype::q4_0}) {
    const auto blocks = rows_of(numbers, type);
    const std::array from_wide{matrix_rows{wide.data(), dtype::f32, 20}};
    const std::array from_blocks{matrix_rows{blocks.data(), type, 20}};
    CHECK(same(pack_rows(from_wide, inputs, type, workers),
               pack_rows(from_blocks, inputs, type, workers)));
  }
}

TEST_CASE("parts of several types become one matrix of fp32") {
  cpu::parallel workers{1};
  const auto numbers = random_numbers(5);
  const auto wide = rows_of(numbers, dtype::f32);
  const auto blocks = rows_of(numbers, dtype::q4_0);
  const std::array parts{matrix_rows{wide.data(), dtype::f32, 5},
                         matrix_rows{blocks.data(), dtype::q4_0, 5}};
  const auto packed = pack_rows(parts, inputs, dtype::f32, workers);
  std::vector<float> row(inputs);
  widen_row(dtype::q4_0, blocks.data() + 2 * ops::row_bytes(dtype::q4_0, inputs), row);
  const auto* values = static_cast<const float*>(packed.view.data);
  for (std::size_t k = 0; k < inputs; ++k) {
    CHECK(values[k * 16 + 3] == numbers[3 * inputs + k]);
    CHECK(values[k * 16 + 7] == row[k]);
    CHECK(values[k * 16 + 10] == 0);
  }
}

TEST_CASE("rows in codes are packed as the same rows widened are, beside others of any type") {
  cpu::parallel workers{2};
  const auto numbers = random_numbers(21);
  const auto plain = rows_of(numbers, dtype::f32);
  std::vector<std::uint8_t> codes(37 * inputs / 2);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i * 61 + i / 7);
  }
  std::vector<std::uint8_t> scales(37 * inputs / 32);
  for (std::size_t i = 0; i < scales.size(); ++i) {
    scales[i] = static_cast<std::uint8_t>(118 + i % 9);
  }
  const quantized_matrix matrix{.codes_are = code_format::mxfp4,
                                .scales_are = scale_format::e8m0,
                                .rows = 37,
                                .cols = inputs,
                                .group_cols = 32,
                                .codes = std::as_bytes(std::span{codes}),
                                .scales = std::as_bytes(std::span{scales})};
  std::vector<float> widened(37 * inputs);
  dequantize(matrix, 0, 37, widened);
  const auto wide = rows_of(widened, dtype::f32);
  const matrix_rows others{plain.data(), dtype::f32, 21};
  const matrix_rows same_rows{wide.data(), dtype::f32, 37};
  for (const auto type : {dtype::f32, dtype::bf16}) {
    const matrix_rows coded{nullptr, type, 37, &matrix};
    for (const auto target : {dtype::f32, dtype::q8_0, dtype::q4_0}) {
      const auto pack = [&](const matrix_rows& rows) {
        return pack_rows(std::array{rows, others, rows}, inputs, target, workers);
      };
      CHECK(same(pack(coded), pack(same_rows)));
    }
  }
}

TEST_CASE("a panel of k blocks taken apart is the rows it was packed of") {
  cpu::parallel workers{2};
  constexpr std::size_t outputs = 21;
  constexpr std::size_t wide_inputs = 512;
  rng random{8};
  std::vector<float> numbers(outputs * wide_inputs);
  for (auto& one : numbers) {
    one = static_cast<float>(random.uniform()) - 0.4F;
  }
  for (const auto& [type, blocks] :
       {std::pair{dtype::q4_k, gguf_type::q4_k}, std::pair{dtype::q6_k, gguf_type::q6_k}}) {
    const auto made = test::as_k_blocks(numbers, blocks);
    const std::array rows{matrix_rows{made.data(), type, outputs}};
    const auto packed = pack_rows(rows, wide_inputs, type, workers);
    std::vector<float> got(numbers.size());
    std::vector<float> want(numbers.size());
    ops::unpack_panel(packed.view, 0, std::span{got}.first(16 * wide_inputs));
    ops::unpack_panel(packed.view, 1, std::span{got}.subspan(16 * wide_inputs));
    dequantize(blocks, made, want);
    CHECK(got == want);
    for (std::size_t i = 0; i < got.size(); ++i) {
      REQUIRE(std::abs(got[i] - numbers[i]) < (type == dtype::q4_k ? 0.05F : 0.02F));
    }
  }
}

TEST_CASE("a panel taken apart is the rows it was packed of, whatever they are made of") {
  cpu::parallel workers{2};
  constexpr std::size_t outputs = 21; // A whole panel and a part of one.
  const auto numbers = random_numbers(outputs);
  std::vector<std::uint16_t> halves(outputs * inputs);
  for (std::size_t i = 0; i < halves.size(); ++i) {
    halves[i] = static_cast<std::uint16_t>(i * 7 % 0x7000U | (i % 2) << 15U);
  }
  const auto wide = std::as_bytes(std::span{halves});
  for (const auto type : {dtype::f32, dtype::bf16, dtype::f16, dtype::q8_0, dtype::q4_0}) {
    const auto made = type == dtype::bf16 || type == dtype::f16
                          ? std::vector<std::byte>(wide.begin(), wide.end())
                          : rows_of(numbers, type);
    const std::array rows{matrix_rows{made.data(), type, outputs}};
    const auto packed = pack_rows(rows, inputs, type, workers);
    std::vector<float> got(outputs * inputs);
    std::vector<float> want(outputs * inputs);
    const std::span all{got};
    ops::unpack_panel(packed.view, 0, all.first(16 * inputs));
    ops::unpack_panel(packed.view, 1, all.subspan(16 * inputs));
    for (std::size_t n = 0; n < outputs; ++n) {
      widen_row(type, made.data() + n * ops::row_bytes(type, inputs),
                std::span{want}.subspan(n * inputs, inputs));
    }
    CHECK(got == want);
  }
}
