// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_matrix.hpp"

#include "engine/model/quantized_codes.hpp"
#include "runtime/base/check.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>

namespace troupe::engine {
namespace {

/// The largest magnitude of code - zero.
float largest_code(code_format format) {
  switch (format) {
    case code_format::fp8_e4m3:
      return 448;
    case code_format::int8:
      return 128;
    case code_format::mxfp4:
      return 6;
    case code_format::awq_int4:
    case code_format::gptq_int4:
      break;
  }
  return 15;
}

/// Calls work(begin, end) for pieces of [0, count) on all threads.
template <class Work>
void in_pieces(std::uint64_t count, cpu::parallel& workers, Work work) {
  constexpr std::uint64_t piece = 1U << 18U;
  workers.run(
      static_cast<std::uint32_t>((count + piece - 1) / piece),
      [&](std::uint32_t i, std::uint32_t) { work(i * piece, std::min(count, (i + 1) * piece)); });
}

constexpr std::uint64_t nowhere = std::numeric_limits<std::uint64_t>::max();

/// The first index in [0, count) that is bad; nowhere if none is.
template <class IsBad>
std::uint64_t first_bad(std::uint64_t count, cpu::parallel& workers, IsBad is_bad) {
  std::atomic<std::uint64_t> first{nowhere};
  in_pieces(count, workers, [&](std::uint64_t begin, std::uint64_t end) {
    for (auto i = begin; i < end; ++i) {
      if (is_bad(i)) {
        auto known = first.load();
        while (i < known && !first.compare_exchange_weak(known, i)) {
        }
        return;
      }
    }
  });
  return first;
}

std::string text_of(float scale) {
  return std::isnan(scale) ? "NaN" : std::isinf(scale) ? "infinite" : std::to_string(scale);
}

} // namespace

void dequantize(const quantized_matrix& from, std::uint64_t first, std::uint64_t count,
                std::span<float> out) {
  TROUPE_CHECK(first <= from.rows && count <= from.rows - first);
  TROUPE_CHECK(out.size() == count * from.cols);
  const bool is_awq = from.codes_are == code_format::awq_int4;
  if (!is_awq && from.codes_are != code_format::gptq_int4) {
    dequantize_bytes(from, first, count, out.data());
    return;
  }
  const auto read = is_awq ? dequantize_awq : dequantize_gptq;
  for (std::uint64_t done = 0; done < count; done += batch_rows) {
    read(from, first + done, std::min(batch_rows, count - done), out.data() + done * from.cols);
  }
}

std::optional<std::string> find_bad_number(const quantized_matrix& from, cpu::parallel& workers) {
  const float limit = std::numeric_limits<float>::max() / largest_code(from.codes_are);
  const auto bad_scale =
      first_bad(from.scales.size() / bytes_of(from.scales_are), workers, [&](std::uint64_t i) {
        const float scale = std::fabs(scale_at(from, i));
        return !(scale > 0 && scale <= limit);
      });
  if (bad_scale != nowhere) {
    const float scale = scale_at(from, bad_scale);
    return "its scale " + std::to_string(bad_scale) + " is "
           + (std::isfinite(scale) && scale != 0 ? "so large that its numbers overflow"
              : scale == 0                       ? "zero"
                                                 : text_of(scale));
  }
  if (from.codes_are != code_format::fp8_e4m3) {
    return std::nullopt;
  }
  const auto bad_code = first_bad(from.codes.size(), workers, [&](std::uint64_t i) {
    return (from.codes[i] & std::byte{0x7f}) == std::byte{0x7f};
  });
  if (bad_code != nowhere) {
    return "its code " + std::to_string(bad_code) + " is a NaN";
  }
  return std::nullopt;
}

std::string_view name_of(code_format format) {
  switch (format) {
    case code_format::fp8_e4m3:
      return "fp8-e4m3";
    case code_format::int8:
      return "int8";
    case code_format::mxfp4:
      return "mxfp4";
    case code_format::awq_int4:
      return "AWQ int4";
    case code_format::gptq_int4:
      break;
  }
  return "GPTQ int4";
}

} // namespace troupe::engine
