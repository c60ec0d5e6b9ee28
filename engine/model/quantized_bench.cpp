// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_bench.hpp"

#include "runtime/base/check.hpp"

#include <bit>
#include <cstring>

namespace troupe::engine {
namespace {

/// Keeps the upper half of each number, in front of what is still to be read.
void narrow(std::span<float> row) {
  auto* out = reinterpret_cast<std::byte*>(row.data());
  for (std::size_t i = 0; i < row.size(); ++i) {
    const auto half = static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(row[i]) >> 16U);
    std::memcpy(out + i * sizeof half, &half, sizeof half);
  }
}

} // namespace

void quantized_bench::widen(const quantized_matrix& from, std::uint64_t first, ops::dtype type,
                            std::size_t line, std::size_t lines, std::span<const std::byte*> rows) {
  TROUPE_CHECK(line + rows.size() <= lines);
  TROUPE_CHECK(type == ops::dtype::f32 || (type == ops::dtype::bf16 && is_exact_in_bf16(from)));
  numbers_.resize(lines * from.cols);
  const std::span<float> all =
      std::span{numbers_}.subspan(line * from.cols, rows.size() * from.cols);
  dequantize(from, first, rows.size(), all);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = all.subspan(i * from.cols, from.cols);
    if (type == ops::dtype::bf16) {
      narrow(row);
    }
    rows[i] = reinterpret_cast<const std::byte*>(row.data());
  }
}

} // namespace troupe::engine
