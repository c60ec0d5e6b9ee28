// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/peak_rates.hpp"

#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "engine/core/cpu/cpu_ops.hpp"

#include <array>
#include <cstring>

namespace troupe::engine::cpu {
namespace {

std::uint64_t spin_portable(std::uint64_t count) {
  constexpr std::size_t lanes = 32;
  std::array<float, lanes> sums{};
  for (std::uint64_t i = 0; i < count / 8; ++i) {
    for (auto& sum : sums) {
      sum = sum * 0.5F + 1.0F;
    }
  }
  volatile float seen = sums[0];
  (void)seen;
  return count / 8 * lanes * 2;
}

} // namespace

std::uint64_t spin(peak_kind kind, std::uint64_t count) {
#ifdef TROUPE_WITH_AVX2
  if (kind == peak_kind::pairs) {
    return has_avx512_bf16() ? avx512::spin_pairs(count) : spin(peak_kind::f32, count);
  }
  if (has_avx512()) {
    return kind == peak_kind::f32 ? avx512::spin_f32(count) : avx512::spin_int8(count);
  }
  if (has_avx2()) {
    return kind == peak_kind::f32 ? avx2::spin_f32(count) : 0;
  }
#endif
  return kind == peak_kind::int8 ? 0 : spin_portable(count);
}

std::uint64_t sum_of(const std::byte* data, std::size_t size_bytes) {
#ifdef TROUPE_WITH_AVX2
  if (has_avx512()) {
    return avx512::sum_of(data, size_bytes);
  }
#endif
  constexpr std::size_t lanes = 8;
  std::array<std::uint64_t, lanes> sums{};
  for (std::size_t at = 0; at < size_bytes; at += sizeof sums) {
    std::array<std::uint64_t, lanes> words{};
    std::memcpy(words.data(), data + at, sizeof words);
    for (std::size_t i = 0; i < lanes; ++i) {
      sums[i] += words[i];
    }
  }
  std::uint64_t all = 0;
  for (const auto sum : sums) {
    all += sum;
  }
  return all;
}

} // namespace troupe::engine::cpu
