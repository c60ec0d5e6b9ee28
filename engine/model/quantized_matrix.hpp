// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/parallel.hpp"
#include "engine/core/ops/dtype.hpp"
#include "runtime/base/bytes.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::engine {

/// How the codes of a matrix [rows, cols] lie; 32-bit words are little-endian, as is all else.
///   fp8_e4m3   [rows, cols] bytes of sign, 4 bits of exponent (bias 7), 3 of fraction; 0x7f and
///              0xff are NaN, there is no infinity
///   int8       [rows, cols] signed bytes
///   mxfp4      [rows, cols / 2] bytes, the low nibble first: sign, 2 bits of exponent, 1 of
///              fraction: 0, 0.5, 1, 1.5, 2, 3, 4, 6
///   awq_int4   [cols, rows / 8] words: from the lowest nibble on, rows 0 2 4 6 1 3 5 7 of eight
///   gptq_int4  [cols / 8, rows] words: from the lowest nibble on, columns 0 to 7 of eight
enum class code_format : std::uint8_t { fp8_e4m3, int8, mxfp4, awq_int4, gptq_int4 };

/// e8m0 is a power of two in a byte: 2^(byte - 127); 255 is NaN.
enum class scale_format : std::uint8_t { f32, bf16, f16, e8m0 };

/// A matrix of a checkpoint whose numbers are codes with scales: number = (code - zero) * scale in
/// fp32. Groups of group_rows x group_cols numbers share scale and zero; the last ones may be cut
/// by the matrix's edge.
/// Role: plain pointers into the mapped files, for whoever packs the matrix; lives as the
/// checkpoint does. Shapes and group_of have been checked; values of scales and codes have not.
///
/// Shapes: scales [row groups, column groups], of the int4 formats [column groups, rows]; zeros
/// words [column groups, rows / 8] in the order of the codes' rows (awq_int4) or in theirs
/// (gptq_int4), else empty; group_of: 32-bit column groups [cols] of gptq_int4, empty where column
/// c is of group c / group_cols.
struct quantized_matrix {
  code_format codes_are = code_format::fp8_e4m3;
  scale_format scales_are = scale_format::f32;
  std::uint64_t rows = 0;
  std::uint64_t cols = 0;
  std::uint64_t group_rows = 1;
  std::uint64_t group_cols = 1;
  std::uint32_t zero_offset = 0; ///< Added to stored zeros, modulo 16: 1 in GPTQ's first format.
  bytes_view codes;
  bytes_view scales;
  bytes_view zeros;
  bytes_view group_of;

  [[nodiscard]] std::uint64_t column_groups() const { return (cols + group_cols - 1) / group_cols; }
};

/// Rows [first, first + count) as fp32, row by row: one rounding of the product where fp8 or int8
/// have scales of fp32, none otherwise.
/// Requires: the rows exist, out.size() == count * cols (checked). Thread: any; allocates nothing.
/// Cost: half a nanosecond a number; of awq_int4 and gptq_int4, whose rows are interleaved, one or
/// two where 16 rows are asked for at once.
/// Source: the layouts as AutoAWQ, AutoGPTQ, compressed-tensors and transformers write them.
/// Checked: test/unit/model/quantized_matrix_test.cpp and, against those projects,
/// test/conformance/model/quantized_test.cpp
void dequantize(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                std::span<float> out);

/// What makes numbers that are not finite or lost: a scale that is 0, NaN, infinite or so large
/// that a code overflows, a code that is NaN. Empty where all is well. Cost: reads scales, and fp8
/// codes, once on all threads of `workers`.
[[nodiscard]] std::optional<std::string> find_bad_number(const quantized_matrix& from,
                                                         cpu::parallel& workers);

/// The type that holds every number as it is: int4 of AWQ's and GPTQ's codes whose scales are f16
/// and whose groups are whole runs of 32 columns in their order; mxfp4, but for numbers below
/// 2^-125, which become 0; int8 with scales for whole runs of 32 columns; fp8
/// with scales for whole runs of 128, or of rows; else f32.
[[nodiscard]] ops::dtype kept_type(const quantized_matrix& of);

[[nodiscard]] std::string_view name_of(code_format format); ///< "fp8-e4m3", ...

} // namespace troupe::engine
