// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_matrix.hpp"

#include "engine/core/ops/packed_matrix.hpp"
#include "engine/model/config.hpp"
#include "engine/model/quantized_bench.hpp"
#include "engine/model/quantized_codes.hpp"
#include "engine/model/quantized_rows.hpp"
#include "test/support/golden_model.hpp"

#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>
#include <vector>

using namespace troupe;
using namespace troupe::engine;

namespace {

/// What torch and transformers make of all codes.
std::vector<float> golden(const char* name) {
  const auto file = read_json_file(TROUPE_SOURCE_DIR "/test/unit/model/quantized_codes.json");
  REQUIRE(file.has_value());
  return test::floats_of(*(*file).find(name)->as_string(), 4);
}

std::uint32_t bits_of(float value) {
  return std::bit_cast<std::uint32_t>(value);
}

template <class T>
bytes_view view_of(const std::vector<T>& of) {
  return std::as_bytes(std::span{of});
}

std::vector<float> all_rows(const quantized_matrix& of) {
  std::vector<float> out(of.rows * of.cols);
  dequantize(of, 0, of.rows, out);
  return out;
}

/// The numbers of a row in blocks, by packing it.
std::vector<float> numbers_of(const std::byte* row, ops::dtype type, std::size_t cols) {
  std::vector<float> out(cols);
  if (type == ops::dtype::f32) {
    std::memcpy(out.data(), row, cols * sizeof(float));
    return out;
  }
  const auto inputs = static_cast<std::int32_t>(cols);
  std::vector<std::byte> panel(ops::panel_bytes(type, inputs));
  ops::pack_panel({&row, 1}, type, inputs, type, panel.data());
  ops::unpack_panel({.type = type, .outputs = 1, .inputs = inputs, .data = panel.data()}, 0, out);
  return out;
}

/// Three rows, asked for in two parts.
void check_prepared(const quantized_matrix& matrix) {
  const auto expected = all_rows(matrix);
  for (const auto type : {ops::dtype::f32, kept_type(matrix)}) {
    quantized_bench bench;
    std::array<const std::byte*, 3> rows{};
    bench.prepare(matrix, 2, type, 0, 3, std::span{rows}.first(1));
    bench.prepare(matrix, 0, type, 1, 3, std::span{rows}.subspan(1));
    for (std::size_t i = 0; i < 3; ++i) {
      const auto from = expected.begin() + static_cast<std::ptrdiff_t>((i + 2) % 3 * matrix.cols);
      const std::vector<float> row(from, from + static_cast<std::ptrdiff_t>(matrix.cols));
      CHECK(numbers_of(rows[i], type, matrix.cols) == row);
    }
  }
}

/// One row of fp8 with a scale for all.
struct fp8_row {
  std::vector<std::uint8_t> codes = std::vector<std::uint8_t>(300, 0x38); // 1
  std::vector<float> scales{0.5F};

  [[nodiscard]] quantized_matrix view() const {
    return {.rows = 1,
            .cols = codes.size(),
            .group_cols = codes.size(),
            .codes = view_of(codes),
            .scales = view_of(scales)};
  }
};

} // namespace

TEST_CASE("all 256 codes of fp8-e4m3 are the numbers that torch has for them") {
  const auto expected = golden("e4m3");
  REQUIRE(expected.size() == 256);
  fp8_row row;
  row.scales = {1.0F};
  for (unsigned code = 0; code < 256; ++code) {
    const auto got = e4m3_to_f32(static_cast<std::uint8_t>(code));
    row.codes[code] = static_cast<std::uint8_t>(code);
    CAPTURE(code);
    if ((code & 0x7fU) == 0x7fU) {
      CHECK(std::isnan(got));
      CHECK(std::isnan(expected[code]));
    } else {
      CHECK(bits_of(got) == bits_of(expected[code]));
    }
  }
  const auto widened = all_rows(row.view());
  for (unsigned code = 0; code < 256; ++code) {
    CHECK((bits_of(widened[code]) == bits_of(expected[code]) || std::isnan(expected[code])));
  }
}

TEST_CASE("all 16 codes of fp4 and all of e8m0 are the numbers that transformers and torch have") {
  const auto numbers = golden("e2m1");
  const auto powers = golden("e8m0");
  REQUIRE(numbers.size() == 16);
  REQUIRE(powers.size() == 256);
  for (unsigned code = 0; code < 16; ++code) {
    CHECK(bits_of(e2m1_to_f32(code)) == bits_of(numbers[code]));
  }
  for (unsigned code = 0; code < 255; ++code) {
    const auto got = e8m0_to_f32(static_cast<std::uint8_t>(code));
    CHECK(bits_of(got) == bits_of(powers[code]));
    CHECK(got == std::ldexp(1.0F, static_cast<int>(code) - 127));
  }
  CHECK(std::isnan(e8m0_to_f32(255)));
  CHECK(std::isnan(powers[255]));
}

TEST_CASE("mxfp4 multiplies every code with every power, the low nibble first") {
  std::vector<std::uint8_t> codes;
  for (unsigned i = 0; i < 16; ++i) {
    codes.push_back(static_cast<std::uint8_t>(i | (15 - i) << 4U));
  }
  for (unsigned power = 0; power < 255; ++power) {
    const std::vector<std::uint8_t> scales{static_cast<std::uint8_t>(power)};
    const auto got = all_rows({.codes_are = code_format::mxfp4,
                               .scales_are = scale_format::e8m0,
                               .rows = 1,
                               .cols = 32,
                               .group_cols = 32,
                               .codes = view_of(codes),
                               .scales = view_of(scales)});
    for (unsigned i = 0; i < 16; ++i) {
      const int exponent = static_cast<int>(power) - 127;
      CHECK(bits_of(got[i * 2]) == bits_of(std::ldexp(e2m1_to_f32(i), exponent)));
      CHECK(bits_of(got[i * 2 + 1]) == bits_of(std::ldexp(e2m1_to_f32(15 - i), exponent)));
    }
  }
}

TEST_CASE("int8 is signed, and each row has its scale") {
  std::vector<std::uint8_t> codes(512);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i);
  }
  const std::vector<std::uint16_t> scales{0x3f00, 0xc000}; // bf16 0.5, -2
  const auto got = all_rows({.codes_are = code_format::int8,
                             .scales_are = scale_format::bf16,
                             .rows = 2,
                             .cols = 256,
                             .group_cols = 256,
                             .codes = view_of(codes),
                             .scales = view_of(scales)});
  for (int code = -128; code < 128; ++code) {
    const auto at = static_cast<std::size_t>(code & 255);
    CHECK(got[at] == 0.5F * static_cast<float>(code));
    CHECK(got[256 + at] == -2.0F * static_cast<float>(code));
  }
}

TEST_CASE("blocks of scales are cut by the edges of the matrix") {
  const std::vector<std::uint8_t> codes(5 * 7, 0x38);
  const std::vector<float> scales{1, 2, 3, 4, 5, 6, 7, 8, 9};
  const quantized_matrix matrix{.rows = 5,
                                .cols = 7,
                                .group_rows = 2,
                                .group_cols = 3,
                                .codes = view_of(codes),
                                .scales = view_of(scales)};
  const auto got = all_rows(matrix);
  for (std::size_t row = 0; row < 5; ++row) {
    for (std::size_t col = 0; col < 7; ++col) {
      CHECK(got[row * 7 + col] == scales[row / 2 * 3 + col / 3]);
    }
    std::vector<float> one(7);
    dequantize(matrix, row, 1, one);
    CHECK(std::equal(one.begin(), one.end(), got.begin() + static_cast<std::ptrdiff_t>(row * 7)));
  }
}

TEST_CASE("a word of AWQ holds rows 0 2 4 6 1 3 5 7 of eight, of codes and of zeros") {
  constexpr std::array<std::size_t, 8> order{0, 2, 4, 6, 1, 3, 5, 7};
  const std::vector<std::uint16_t> scales(8, 0x3c00); // 1
  for (std::size_t nibble = 0; nibble < 8; ++nibble) {
    for (unsigned code = 0; code < 16; ++code) {
      const std::vector<std::uint32_t> codes{0, code << (4 * nibble)};
      const std::vector<std::uint32_t> zeros{(15 - code) << (4 * nibble)};
      const auto got = all_rows({.codes_are = code_format::awq_int4,
                                 .scales_are = scale_format::f16,
                                 .rows = 8,
                                 .cols = 2,
                                 .group_cols = 2,
                                 .codes = view_of(codes),
                                 .scales = view_of(scales),
                                 .zeros = view_of(zeros)});
      for (std::size_t row = 0; row < 8; ++row) {
        const bool is_hit = row == order[nibble];
        CHECK(got[row * 2] == (is_hit ? static_cast<float>(code) - 15 : 0));
        CHECK(got[row * 2 + 1] == (is_hit ? static_cast<float>(code) * 2 - 15 : 0));
      }
    }
  }
}

TEST_CASE("a word of GPTQ holds eight columns of codes and eight rows of zeros, in order") {
  const std::vector<std::uint16_t> scales(8, 0x3c00); // 1
  for (const std::uint32_t offset : {0U, 1U}) {
    for (std::size_t nibble = 0; nibble < 8; ++nibble) {
      for (unsigned code = 0; code < 16; ++code) {
        std::vector<std::uint32_t> codes(8);
        codes[3] = code << (4 * nibble);
        const std::vector<std::uint32_t> zeros{code << (4 * nibble)};
        const auto got = all_rows({.codes_are = code_format::gptq_int4,
                                   .scales_are = scale_format::f16,
                                   .rows = 8,
                                   .cols = 8,
                                   .group_cols = 8,
                                   .zero_offset = offset,
                                   .codes = view_of(codes),
                                   .scales = view_of(scales),
                                   .zeros = view_of(zeros)});
        for (std::size_t i = 0; i < 64; ++i) {
          const bool is_hit = i == 3 * 8 + nibble;
          const unsigned zero = ((i / 8 == nibble ? code : 0) + offset) % 16;
          CHECK(got[i] == static_cast<float>(is_hit ? code : 0) - static_cast<float>(zero));
        }
      }
    }
  }
}

TEST_CASE("columns of GPTQ belong to the groups that their order names") {
  const std::vector<std::uint32_t> codes(8, 0x99999999U);
  const std::vector<std::uint32_t> zeros{0x88888888U, 0x77777777U};
  std::vector<std::uint16_t> scales(16, 0x3c00); // 1
  std::fill_n(scales.begin() + 8, 8, 0x4400);    // 4
  const std::vector<std::uint32_t> order{1, 0, 0, 1, 1, 0, 1, 0};
  const auto got = all_rows({.codes_are = code_format::gptq_int4,
                             .scales_are = scale_format::f16,
                             .rows = 8,
                             .cols = 8,
                             .group_cols = 4,
                             .codes = view_of(codes),
                             .scales = view_of(scales),
                             .zeros = view_of(zeros),
                             .group_of = view_of(order)});
  for (std::size_t i = 0; i < 64; ++i) {
    CHECK(got[i] == (order[i % 8] == 0 ? 1.0F : 8.0F));
  }
}

TEST_CASE("codes and scales that make no finite number are found, wherever they stand") {
  cpu::parallel workers{2};
  CHECK_FALSE(find_bad_number(fp8_row{}.view(), workers).has_value());
  for (const std::uint8_t nan : {std::uint8_t{0x7f}, std::uint8_t{0xff}}) {
    for (const std::size_t at : {0U, 299U}) {
      fp8_row row;
      row.codes[at] = nan;
      CHECK(find_bad_number(row.view(), workers) == "its code " + std::to_string(at) + " is a NaN");
      auto as_int8 = row.view();
      as_int8.codes_are = code_format::int8;
      CHECK_FALSE(find_bad_number(as_int8, workers).has_value());
    }
  }
  const auto refusal = [&](float scale) {
    fp8_row row;
    row.scales = {scale};
    return find_bad_number(row.view(), workers).value_or("");
  };
  constexpr float largest = std::numeric_limits<float>::max();
  CHECK(refusal(0) == "its scale 0 is zero");
  CHECK(refusal(-0.0F) == "its scale 0 is zero");
  CHECK(refusal(std::nanf("")) == "its scale 0 is NaN");
  CHECK(refusal(-std::numeric_limits<float>::infinity()) == "its scale 0 is infinite");
  CHECK(refusal(largest / 400) == "its scale 0 is so large that its numbers overflow");
  CHECK(refusal(largest / 448).empty());
  CHECK(refusal(-0.25F).empty());
}

TEST_CASE("scales of two bytes and of e8m0 are judged as the numbers they are") {
  cpu::parallel workers{1};
  const std::vector<std::uint8_t> codes(16, 0x11);
  const auto refusal = [&](scale_format format, const std::vector<std::uint8_t>& scale) {
    const quantized_matrix matrix{.codes_are = code_format::mxfp4,
                                  .scales_are = format,
                                  .rows = 1,
                                  .cols = 32,
                                  .group_cols = 32,
                                  .codes = view_of(codes),
                                  .scales = view_of(scale)};
    return find_bad_number(matrix, workers).value_or("");
  };
  CHECK(refusal(scale_format::f16, {0x00, 0x7c}) == "its scale 0 is infinite");
  CHECK(refusal(scale_format::f16, {0x00, 0x7e}) == "its scale 0 is NaN");
  CHECK(refusal(scale_format::f16, {0x00, 0x80}) == "its scale 0 is zero");
  CHECK(refusal(scale_format::f16, {0x01, 0x00}).empty());
  CHECK(refusal(scale_format::bf16, {0x80, 0x7f}) == "its scale 0 is infinite");
  CHECK(refusal(scale_format::bf16, {0x80, 0x3f}).empty());
  CHECK(refusal(scale_format::e8m0, {255}) == "its scale 0 is NaN");
  CHECK(refusal(scale_format::e8m0, {253}) == "its scale 0 is so large that its numbers overflow");
  CHECK(refusal(scale_format::e8m0, {252}).empty());
  CHECK(refusal(scale_format::e8m0, {0}).empty());
}

TEST_CASE("a bench prepares rows as fp32 and as the blocks that hold them exactly") {
  std::vector<std::uint8_t> codes(3 * 16);
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint8_t>(i * 37);
  }
  const std::vector<std::uint8_t> scales{120, 130, 2};
  const quantized_matrix matrix{.codes_are = code_format::mxfp4,
                                .scales_are = scale_format::e8m0,
                                .rows = 3,
                                .cols = 32,
                                .group_cols = 32,
                                .codes = view_of(codes),
                                .scales = view_of(scales)};
  REQUIRE(kept_type(matrix) == ops::dtype::mxfp4);
  check_prepared(matrix);
}

TEST_CASE("fp8 is kept with a scale for each run of 128, whoever shares it") {
  std::vector<std::uint8_t> codes;
  for (std::size_t i = 0; i < std::size_t{3} * 256; ++i) {
    codes.push_back(static_cast<std::uint8_t>(i * 37 % 127 + (i % 2) * 128));
  }
  const std::vector<float> scales{0.3F, -0.25F, 7.7F, 1e-3F, 2.5F, 0.1F};
  for (const auto& [group_rows, group_cols] :
       {std::pair{1U, 128U}, {1U, 256U}, {2U, 128U}, {3U, 256U}}) {
    quantized_matrix matrix{.rows = 3,
                            .cols = 256,
                            .group_rows = group_rows,
                            .group_cols = group_cols,
                            .codes = view_of(codes),
                            .scales = view_of(scales)};
    REQUIRE(kept_type(matrix) == ops::dtype::fp8);
    check_prepared(matrix);
    matrix.group_cols = 64;
    CHECK(kept_type(matrix) == ops::dtype::f32);
  }
}

TEST_CASE("int8 is kept with a scale for each run of 32, whoever shares it") {
  std::vector<std::int8_t> codes;
  for (std::size_t i = 0; i < std::size_t{3} * 64; ++i) {
    codes.push_back(static_cast<std::int8_t>(i * 37));
  }
  const std::vector<float> scales{0.3F, -0.25F, 7.7F, 1e-3F, 2.5F, 0.1F};
  for (const auto& [group_rows, group_cols] :
       {std::pair{1U, 32U}, {1U, 64U}, {2U, 32U}, {3U, 64U}}) {
    const quantized_matrix matrix{.codes_are = code_format::int8,
                                  .rows = 3,
                                  .cols = 64,
                                  .group_rows = group_rows,
                                  .group_cols = group_cols,
                                  .codes = view_of(codes),
                                  .scales = view_of(scales)};
    REQUIRE(kept_type(matrix) == ops::dtype::int8);
    check_prepared(matrix);
  }
}

TEST_CASE("int4 is kept where its groups are runs in order and its scales f16") {
  std::vector<std::uint32_t> codes(64 * 8 / 8);
  std::vector<std::uint32_t> zeros(2);
  std::vector<std::uint16_t> scales;
  for (std::size_t i = 0; i < codes.size(); ++i) {
    codes[i] = static_cast<std::uint32_t>(i * 0x9e3779b9U);
  }
  for (std::size_t i = 0; i < 2 * 8; ++i) {
    zeros[i / 8] |= static_cast<std::uint32_t>(i * 7 % 16) << i % 8 * 4;
    scales.push_back(static_cast<std::uint16_t>((0x2000 + i * 0x101) | (i % 3 == 0 ? 0x8000 : 0)));
  }
  for (const auto format : {code_format::awq_int4, code_format::gptq_int4}) {
    for (const std::uint32_t offset : {0U, 1U}) {
      quantized_matrix matrix{.codes_are = format,
                              .scales_are = scale_format::f16,
                              .rows = 8,
                              .cols = 64,
                              .group_cols = 32,
                              .zero_offset = format == code_format::gptq_int4 ? offset : 0,
                              .codes = view_of(codes),
                              .scales = view_of(scales),
                              .zeros = view_of(zeros)};
      REQUIRE(kept_type(matrix) == ops::dtype::int4);
      check_prepared(matrix);
      matrix.scales_are = scale_format::bf16;
      CHECK(kept_type(matrix) == ops::dtype::f32);
    }
  }
}

TEST_CASE("rows of codes in another order are the same numbers in that order") {
  constexpr std::uint64_t rows = 7;
  constexpr std::uint64_t cols = 64;
  std::vector<std::uint8_t> codes;
  std::vector<std::uint8_t> scales;
  for (std::uint64_t i = 0; i < rows * cols / 2; ++i) {
    codes.push_back(static_cast<std::uint8_t>(i * 37));
  }
  for (std::uint64_t i = 0; i < rows * 2; ++i) {
    scales.push_back(static_cast<std::uint8_t>(100 + i));
  }
  const quantized_matrix from{.codes_are = code_format::mxfp4,
                              .scales_are = scale_format::e8m0,
                              .rows = rows,
                              .cols = cols,
                              .group_cols = 32,
                              .codes = view_of(codes),
                              .scales = view_of(scales)};
  const auto all = all_rows(from);
  constexpr std::array<std::uint64_t, 4> order{6, 0, 3, 3};
  const quantized_rows some{from, order.size(), [&](std::uint64_t n) {
                              return order[n];
                            }};
  CHECK(some.matrix().rows == order.size());
  const auto got = all_rows(some.matrix());
  for (std::uint64_t n = 0; n < order.size(); ++n) {
    for (std::uint64_t col = 0; col < cols; ++col) {
      CHECK(bits_of(got[n * cols + col]) == bits_of(all[order[n] * cols + col]));
    }
  }
}
