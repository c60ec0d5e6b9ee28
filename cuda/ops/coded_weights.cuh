// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/device/grid.cuh"
#include "cuda/math/numbers.hpp"
#include "engine/core/ops/packed_matrix.hpp"

#include <cstdint>

/// Numbers out of a panel of codes (engine/core/ops/packed_matrix.hpp). The same numbers as
/// the CPU's unpack_panel in fp32. Checked: test/gpu/coded_test.cpp
namespace troupe::cuda::ops {

using engine::ops::dtype;
using engine::ops::panel_width;

/// Outputs of a unit, which is what a thread reads of a panel in one go.
inline constexpr int unit_outputs = 4;

template <dtype Type>
inline constexpr bool has_nibbles = engine::ops::is_blocked(Type) && !engine::ops::has_bytes(Type);

/// Inputs of a unit: of nibbles four, and the four that are 16 further.
template <dtype Type>
inline constexpr int unit_inputs = Type == dtype::fp8  ? 2
                                   : has_nibbles<Type> ? 8
                                                       : 4;

/// A panel's units stand one after the other: those of the same inputs side by side.
template <dtype Type>
__device__ std::int32_t units_of(std::int32_t inputs) {
  return inputs * (panel_width / unit_outputs) / unit_inputs<Type>;
}

template <dtype Type>
__device__ std::int32_t first_input(std::int32_t unit) {
  const auto run = unit / (panel_width / unit_outputs);
  return has_nibbles<Type> ? run / 4 * 32 + run % 4 * 4 : run * unit_inputs<Type>;
}

/// Behind first_input, that of number `i` of a unit.
template <dtype Type>
__device__ constexpr std::int32_t input_offset(std::int32_t i) {
  return has_nibbles<Type> && i >= 4 ? i + 12 : i;
}

/// A number is scale * q - less; of int4 scale * (q - zero), of q6_k that of either half.
struct coded_scale {
  float scale = 0;
  float less = 0;
};

__device__ inline std::uint32_t two_bytes(const unsigned char* at, std::size_t number) {
  return reinterpret_cast<const std::uint16_t*>(at)[number];
}

/// An integer below 2^23, which stands in the low bits of fp32's 2^23, less `zero`: exact.
__device__ inline float less_zero(std::uint32_t q, float zero) {
  return bits_to_float(0x4b000000U | q) - (8388608.0F + zero);
}

/// That of output `n` of the panel, for the unit whose first input is `k`.
template <dtype Type>
__device__ coded_scale scale_of(const unsigned char* panel, std::int32_t inputs, std::int32_t k,
                                std::int32_t n) {
  const auto at = static_cast<std::size_t>(k / engine::ops::block_inputs * panel_width + n);
  if constexpr (Type == dtype::fp8) {
    const auto* scales = reinterpret_cast<const float*>(
        panel + std::size_t{panel_width} * static_cast<unsigned>(inputs));
    return {scales[k / engine::ops::fp8_group_inputs * panel_width + n], 0};
  } else if constexpr (engine::ops::is_k_block(Type)) {
    const auto* parts = panel + engine::ops::scales_at(Type, inputs);
    const auto* scales = panel + engine::ops::k_scales_at(Type, inputs);
    const auto product = [&](std::int32_t of_part, std::int32_t of_scale) {
      const auto part = static_cast<std::int8_t>(
          parts[(k / engine::ops::block_inputs * 2 + of_part) * panel_width + n]);
      const auto bits = two_bytes(
          scales, static_cast<std::size_t>(
                      (k / engine::ops::k_block_inputs * 2 + of_scale) * panel_width + n));
      return finite_f16_to_f32(bits) * static_cast<float>(part);
    };
    if constexpr (Type == dtype::q4_k) {
      return {product(0, 0), product(1, 1)};
    } else {
      return {product(0, 0), product(1, 1)};
    }
  } else {
    const auto* scales = panel + engine::ops::scales_at(Type, inputs);
    if constexpr (Type == dtype::mxfp4) {
      return {engine::ops::half_of_e8m0(scales[at]), 0};
    } else if constexpr (Type == dtype::int8) {
      return {reinterpret_cast<const float*>(scales)[at], 0};
    } else if constexpr (Type == dtype::int4) {
      const auto* zeros = panel + engine::ops::k_scales_at(Type, inputs);
      return {finite_f16_to_f32(two_bytes(scales, at)), static_cast<float>(zeros[at])};
    } else {
      return {finite_f16_to_f32(two_bytes(scales, at)), 0};
    }
  }
}

/// What a code stands for. fp4 and e4m3 are the high bits of fp32 but for their bias, subnormals
/// included; fp4 doubled, as dtype.hpp has it.
template <dtype Type>
__device__ float number_of(std::uint32_t code, const coded_scale& by, int i) {
  if constexpr (Type == dtype::fp8) {
    return bits_to_float((code & 0x80U) << 24U | (code & 0x7fU) << 20U) * 0x1p120F * by.scale;
  } else if constexpr (Type == dtype::mxfp4) {
    return bits_to_float((code & 8U) << 28U | (code & 7U) << 22U) * 0x1p127F * by.scale;
  } else if constexpr (Type == dtype::q4_k) {
    return by.scale * less_zero(code, 0) - by.less;
  } else if constexpr (Type == dtype::q6_k) {
    return (i < 4 ? by.scale : by.less) * less_zero(code, 32);
  } else {
    const float zero = Type == dtype::int4 ? by.less : Type == dtype::q4_0 ? 8.0F : 128.0F;
    return by.scale * less_zero(code, zero);
  }
}

/// The bytes of a unit.
template <dtype Type>
struct unit_words {
  words<Type == dtype::fp8 ? 2 : 4> low;
  words<Type == dtype::q6_k ? 4 : 1> upper[2]; ///< Of q6_k, of either four inputs; from `shift` on.
  int shift = 0;
};

template <dtype Type>
__device__ unit_words<Type> words_of(const unsigned char* panel, std::int32_t unit) {
  unit_words<Type> all{};
  if constexpr (Type == dtype::q6_k) {
    constexpr std::int32_t units = 16; // Of 32 inputs.
    const auto* at = panel + static_cast<std::size_t>(unit / units) * 384;
    const auto* upper = at + 256 + unit % 4 * 16;
    all.low = reinterpret_cast<const words<4>*>(at)[unit % units];
    all.upper[0] = *reinterpret_cast<const words<4>*>(upper);
    all.upper[1] = *reinterpret_cast<const words<4>*>(upper + 64);
    all.shift = unit % units / 4 * 2;
  } else {
    all.low = reinterpret_cast<const decltype(all.low)*>(panel)[unit];
  }
  return all;
}

template <dtype Type>
__device__ std::uint32_t code_of(const unit_words<Type>& all, int output, int i) {
  const auto* unit = all.low.each;
  if constexpr (Type == dtype::fp8) {
    return unit[output / 2] >> (16 * (output % 2) + 8 * i) & 0xffU;
  } else if constexpr (has_nibbles<Type>) {
    const auto low = unit[output] >> (i < 4 ? 8 * i : 8 * (i - 4) + 4) & 15U;
    if constexpr (Type == dtype::q6_k) {
      return low | (all.upper[i / 4].each[output] >> (8 * (i % 4) + all.shift) & 3U) << 4U;
    }
    return low;
  } else {
    return unit[output] >> (8 * i) & 0xffU;
  }
}

/// to[o][i]: of output `unit % 4 * 4 + o` of the panel and input first_input + input_offset(i).
template <dtype Type>
__device__ void load_unit(const unsigned char* panel, std::int32_t inputs, std::int32_t unit,
                          float (&to)[unit_outputs][unit_inputs<Type>]) {
  const auto all = words_of<Type>(panel, unit);
  const auto k = first_input<Type>(unit);
  const auto n = unit % (panel_width / unit_outputs) * unit_outputs;
#pragma unroll
  for (int o = 0; o < unit_outputs; ++o) {
    const auto by = scale_of<Type>(panel, inputs, k, n + o);
#pragma unroll
    for (int i = 0; i < unit_inputs<Type>; ++i) {
      to[o][i] = number_of<Type>(code_of<Type>(all, o, i), by, i);
    }
  }
}

/// A type of codes as a value that templates take.
template <dtype Type>
struct coded_tag {
  static constexpr dtype type = Type;
};

/// Calls `body` with the tag of `type`. Errors: invalid_value of what are no codes.
template <class Body>
status with_coded(dtype type, Body&& body) {
  switch (type) {
    case dtype::q8_0:
      return body(coded_tag<dtype::q8_0>{});
    case dtype::q4_0:
      return body(coded_tag<dtype::q4_0>{});
    case dtype::q4_k:
      return body(coded_tag<dtype::q4_k>{});
    case dtype::q6_k:
      return body(coded_tag<dtype::q6_k>{});
    case dtype::int4:
      return body(coded_tag<dtype::int4>{});
    case dtype::mxfp4:
      return body(coded_tag<dtype::mxfp4>{});
    case dtype::int8:
      return body(coded_tag<dtype::int8>{});
    case dtype::fp8:
      return body(coded_tag<dtype::fp8>{});
    default:
      return invalid_value;
  }
}

} // namespace troupe::cuda::ops
