// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_rows.hpp"

#include "engine/model/quantized_codes.hpp"
#include "runtime/base/check.hpp"

#include <cstring>

namespace troupe::engine {

quantized_rows::quantized_rows(const quantized_matrix& from, std::uint64_t count,
                               const std::function<std::uint64_t(std::uint64_t)>& row_of)
    : matrix_(from) {
  TROUPE_CHECK(from.group_rows == 1 && from.codes_are != code_format::awq_int4
               && from.codes_are != code_format::gptq_int4);
  const auto code_bytes = from.codes_are == code_format::mxfp4 ? from.cols / 2 : from.cols;
  const auto scale_bytes = from.column_groups() * bytes_of(from.scales_are);
  codes_.resize(count * code_bytes);
  scales_.resize(count * scale_bytes);
  for (std::uint64_t n = 0; n < count; ++n) {
    const auto row = row_of(n);
    TROUPE_CHECK(row < from.rows);
    std::memcpy(codes_.data() + n * code_bytes, from.codes.data() + row * code_bytes, code_bytes);
    std::memcpy(scales_.data() + n * scale_bytes, from.scales.data() + row * scale_bytes,
                scale_bytes);
  }
  matrix_.rows = count;
  matrix_.codes = codes_;
  matrix_.scales = scales_;
}

} // namespace troupe::engine
