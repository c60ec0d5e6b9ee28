// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_bench.hpp"

#include "engine/model/quantized_codes.hpp"
#include "runtime/base/check.hpp"

#include <cmath>
#include <cstring>

namespace troupe::engine {
namespace {

constexpr std::size_t block = ops::block_inputs;
constexpr std::size_t half = block / 2;

/// Code i beside code i + 16, as blocks have them; `code` gives each of 32.
template <class Code>
void put_codes(Code code, std::byte* to) {
  for (std::size_t i = 0; i < half; ++i) {
    to[i] = static_cast<std::byte>(code(i) | code(i + half) << 4U);
  }
}

/// A row of int4. Its codes are its numbers over the scale, which is exact.
void write_int4(const quantized_matrix& from, std::uint64_t row, const float* numbers,
                std::byte* to) {
  for (std::uint64_t col = 0; col < from.cols;
       col += block, to += ops::bytes_of_block(ops::dtype::int4)) {
    const auto group = col / from.group_cols;
    const auto at = group * from.rows + row;
    const auto scale = scale_at(from, at);
    const auto zero = zero_at(from, row, group);
    std::memcpy(to, from.scales.data() + at * sizeof(std::uint16_t), sizeof(std::uint16_t));
    to[2] = static_cast<std::byte>(zero);
    to[3] = std::byte{0};
    put_codes(
        [&](std::size_t i) {
          return static_cast<unsigned>(static_cast<int>(std::round(numbers[col + i] / scale))
                                       + zero);
        },
        to + 4);
  }
}

void write_mxfp4(const quantized_matrix& from, std::uint64_t row, std::byte* to) {
  const auto groups = from.column_groups();
  const auto* codes = from.codes.data() + row * from.cols / 2;
  for (std::uint64_t group = 0; group < groups; ++group, codes += half) {
    *to++ = from.scales[row / from.group_rows * groups + group];
    put_codes(
        [&](std::size_t i) {
          const auto pair = std::to_integer<unsigned>(codes[i / 2]);
          return i % 2 == 0 ? pair & 15U : pair >> 4U;
        },
        to);
    to += half;
  }
}

void write_int8(const quantized_matrix& from, std::uint64_t row, std::byte* to) {
  for (std::uint64_t col = 0; col < from.cols; col += block) {
    const auto group = row / from.group_rows * from.column_groups() + col / from.group_cols;
    const auto scale = scale_at(from, group);
    std::memcpy(to, &scale, sizeof scale);
    std::memcpy(to + sizeof scale, from.codes.data() + row * from.cols + col, block);
    to += ops::bytes_of_block(ops::dtype::int8);
  }
}

void write_fp8(const quantized_matrix& from, std::uint64_t row, std::byte* to) {
  std::memcpy(to, from.codes.data() + row * from.cols, from.cols);
  to += from.cols;
  for (std::uint64_t col = 0; col < from.cols; col += ops::fp8_group_inputs) {
    const auto group = row / from.group_rows * from.column_groups() + col / from.group_cols;
    const auto scale = scale_at(from, group);
    std::memcpy(to, &scale, sizeof scale);
    to += sizeof scale;
  }
}

} // namespace

ops::dtype kept_type(const quantized_matrix& of) {
  if (of.codes_are == code_format::fp8_e4m3) {
    constexpr std::uint64_t group = ops::fp8_group_inputs;
    const bool has_groups = of.group_cols % group == 0 || of.group_cols == of.cols;
    return has_groups && of.cols % 2 == 0 ? ops::dtype::fp8 : ops::dtype::f32;
  }
  const bool has_runs =
      of.cols % block == 0 && (of.group_cols % block == 0 || of.group_cols == of.cols);
  if (!has_runs) {
    return ops::dtype::f32;
  }
  switch (of.codes_are) {
    case code_format::mxfp4:
      return of.group_cols == block ? ops::dtype::mxfp4 : ops::dtype::f32;
    case code_format::int8:
      return ops::dtype::int8;
    case code_format::awq_int4:
    case code_format::gptq_int4:
      return of.group_of.empty() && of.scales_are == scale_format::f16 ? ops::dtype::int4
                                                                       : ops::dtype::f32;
    case code_format::fp8_e4m3:
      break;
  }
  return ops::dtype::f32;
}

void quantized_bench::prepare(const quantized_matrix& from, std::uint64_t first, ops::dtype type,
                              std::size_t line, std::size_t lines,
                              std::span<const std::byte*> rows) {
  TROUPE_CHECK(line + rows.size() <= lines);
  TROUPE_CHECK(type == ops::dtype::f32 || type == kept_type(from));
  const bool needs_numbers = type == ops::dtype::f32 || type == ops::dtype::int4;
  numbers_.resize(needs_numbers ? lines * from.cols : 0);
  const auto* numbers = numbers_.data() + (needs_numbers ? line * from.cols : 0);
  if (needs_numbers) {
    dequantize(from, first, rows.size(),
               std::span{numbers_}.subspan(line * from.cols, rows.size() * from.cols));
  }
  const auto bytes = type == ops::dtype::f32 ? 0 : ops::row_bytes(type, from.cols);
  blocks_.resize(lines * bytes);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    auto* to = blocks_.data() + (line + i) * bytes;
    rows[i] = to;
    switch (type) {
      case ops::dtype::int4:
        write_int4(from, first + i, numbers + i * from.cols, to);
        break;
      case ops::dtype::int8:
        write_int8(from, first + i, to);
        break;
      case ops::dtype::mxfp4:
        write_mxfp4(from, first + i, to);
        break;
      case ops::dtype::fp8:
        write_fp8(from, first + i, to);
        break;
      default:
        rows[i] = reinterpret_cast<const std::byte*>(numbers + i * from.cols);
    }
  }
}

} // namespace troupe::engine
