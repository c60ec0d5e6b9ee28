// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/gemv.hpp"
#include "cuda/ops/launching.cuh"

namespace troupe::cuda::ops {
namespace {

using engine::ops::block_inputs;
using engine::ops::dtype;

constexpr int outputs_each = 4; ///< Of a block of threads: a warp for each.
constexpr int at_once = 8;      ///< Elements that a lane reads.

/// What a lane reads or writes in one go.
struct alignas(16) sixteen_bytes {
  std::uint32_t words[4];
};

struct half_bits {
  std::uint16_t bits;
};

__device__ float widen_half(half_bits value) {
  return f16_to_f32(value.bits);
}

__device__ void load_eight(const float* from, float (&to)[at_once]) {
  for (int half = 0; half < 2; ++half) {
    const auto four = reinterpret_cast<const sixteen_bytes*>(from)[half];
    for (int i = 0; i < 4; ++i) {
      to[4 * half + i] = bits_to_float(four.words[i]);
    }
  }
}

__device__ void load_eight(const bf16* from, float (&to)[at_once]) {
  const auto all = *reinterpret_cast<const sixteen_bytes*>(from);
  for (int i = 0; i < 4; ++i) {
    to[2 * i] = bits_to_float(all.words[i] << 16U);
    to[2 * i + 1] = bits_to_float(all.words[i] & 0xffff0000U);
  }
}

__device__ void load_eight(const half_bits* from, float (&to)[at_once]) {
  const auto all = *reinterpret_cast<const sixteen_bytes*>(from);
  for (int i = 0; i < 4; ++i) {
    to[2 * i] = widen_half({static_cast<std::uint16_t>(all.words[i] & 0xffffU)});
    to[2 * i + 1] = widen_half({static_cast<std::uint16_t>(all.words[i] >> 16U)});
  }
}

template <class Weight, class In, class Out, int Rows>
__global__ void __launch_bounds__(32 * outputs_each, 1) gemv_kernel(gemv_args args) {
  const auto n = static_cast<std::int32_t>(blockIdx.x * outputs_each + warp());
  if (n >= args.outputs) {
    return;
  }
  const auto inputs = static_cast<std::size_t>(args.inputs);
  const std::size_t number = blockIdx.y; // In the batch.
  const auto* w = static_cast<const Weight*>(args.w) + number * args.batch.w
                  + static_cast<std::size_t>(n) * inputs;
  const auto* x = static_cast<const In*>(args.x.data) + number * args.batch.x;
  auto* out = static_cast<Out*>(args.out.data) + number * args.batch.out;
  float sums[Rows] = {};
  for (std::size_t k = lane() * at_once; k < inputs; k += 32 * at_once) {
    float weights[at_once];
    load_eight(w + k, weights);
#pragma unroll
    for (int r = 0; r < Rows; ++r) {
      float values[at_once];
      load_eight(x + static_cast<std::size_t>(min(r, args.rows - 1)) * args.x.stride + k, values);
#pragma unroll
      for (int i = 0; i < at_once; ++i) {
        sums[r] = fmaf(values[i], weights[i], sums[r]);
      }
    }
  }
#pragma unroll
  for (int r = 0; r < Rows; ++r) {
    const float sum = over_warp(sums[r], plus{}) + (args.bias == nullptr ? 0.0F : args.bias[n]);
    if (lane() == 0 && r < args.rows) {
      out[static_cast<std::size_t>(r) * args.out.stride + static_cast<std::size_t>(n)] =
          narrow<Out>(sum);
    }
  }
}

/// The sum of the products of one block, as integers.
template <dtype Type>
__device__ std::int32_t dot_block(const sixteen_bytes* w, const sixteen_bytes* x,
                                  std::int32_t x_sum) {
  std::int32_t dot = 0;
  if constexpr (Type == dtype::q8_0) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const auto a = w[half];
      const auto b = x[half];
#pragma unroll
      for (int i = 0; i < 4; ++i) {
        dot = dot4(a.words[i], b.words[i], dot);
      }
    }
    return dot;
  }
  const auto both = w[0];
  const auto low = x[0];
  const auto high = x[1];
#pragma unroll
  for (int i = 0; i < 4; ++i) {
    dot = dot4(both.words[i] & 0x0f0f0f0fU, low.words[i], dot);
    dot = dot4(both.words[i] >> 4U & 0x0f0f0f0fU, high.words[i], dot);
  }
  return dot - 8 * x_sum;
}

template <dtype Type, class Out, int Rows>
__global__ void __launch_bounds__(32 * outputs_each, 1) block_gemv_kernel(block_gemv_args args) {
  constexpr std::size_t words = Type == dtype::q8_0 ? 2 : 1; ///< Of sixteen bytes in a block.
  const auto n = static_cast<std::int32_t>(blockIdx.x * outputs_each + warp());
  if (n >= args.w.outputs) {
    return;
  }
  const auto count = static_cast<std::size_t>(args.w.inputs / block_inputs);
  const auto first = static_cast<std::size_t>(n) * count;
  const auto* w = static_cast<const sixteen_bytes*>(args.w.integers) + first * words;
  const auto* scales = static_cast<const half_bits*>(args.w.scales) + first;
  const auto* x = reinterpret_cast<const sixteen_bytes*>(args.x.values);
  float sums[Rows] = {};
  for (std::size_t b = lane(); b < count; b += 32) {
    const float scale = widen_half(scales[b]);
#pragma unroll
    for (int r = 0; r < Rows; ++r) {
      const auto at = static_cast<std::size_t>(min(r, args.rows - 1)) * count + b;
      const auto dot = dot_block<Type>(w + b * words, x + at * 2, args.x.sums[at]);
      sums[r] = fmaf(static_cast<float>(dot), scale * args.x.scales[at], sums[r]);
    }
  }
#pragma unroll
  for (int r = 0; r < Rows; ++r) {
    const float sum = over_warp(sums[r], plus{});
    if (lane() == 0 && r < args.rows) {
      static_cast<Out*>(args.out.data)[static_cast<std::size_t>(r) * args.out.stride
                                       + static_cast<std::size_t>(n)] = narrow<Out>(sum);
    }
  }
}

/// A warp for each block of 32 inputs, a lane for each input.
template <class In>
__global__ void __launch_bounds__(128, 1) quantize_kernel(quantize_rows_args args) {
  constexpr float rounder = 12582912.0F; // 1.5 * 2^23
  const auto count = static_cast<std::size_t>(args.inputs / block_inputs);
  const auto b = static_cast<std::size_t>(blockIdx.y) * 4 + warp();
  if (b >= count) {
    return;
  }
  const std::size_t r = blockIdx.x;
  const float x =
      widen(static_cast<const In*>(args.x.data)[r * args.x.stride + b * block_inputs + lane()]);
  const auto largest = over_warp(float_to_bits(x) & 0x7fffffffU,
                                 [](std::uint32_t a, std::uint32_t c) { return a > c ? a : c; });
  const float magnitude = bits_to_float(largest);
  const bool is_finite = largest < 0x7f800000U;
  const bool is_zero = !is_finite || magnitude < 0x1p-100F;
  const float factor = 127.0F / magnitude;
  const auto value = is_zero ? 0 : static_cast<std::int32_t>((x * factor + rounder) - rounder);
  const auto sum = over_warp(value, plus{});
  const auto at = r * count + b;
  args.out.values[at * block_inputs + lane()] = static_cast<std::int8_t>(value);
  if (lane() == 0) {
    args.out.scales[at] =
        is_zero ? (is_finite ? 0.0F : bits_to_float(0x7fc00000U)) : magnitude / 127.0F;
    args.out.sums[at] = sum;
  }
}

template <dtype Type>
__global__ void __launch_bounds__(256, 1) widen_blocks_kernel(block_matrix w, bf16* out) {
  const auto inputs = static_cast<std::size_t>(w.inputs);
  const std::size_t n = blockIdx.x;
  for (std::size_t k = threadIdx.x; k < inputs; k += blockDim.x) {
    const auto b = n * (inputs / block_inputs) + k / block_inputs;
    const float scale = widen_half(static_cast<const half_bits*>(w.scales)[b]);
    const auto inside = k % block_inputs;
    std::int32_t value = 0;
    if constexpr (Type == dtype::q8_0) {
      value = static_cast<const std::int8_t*>(w.integers)[n * inputs + k];
    } else {
      const unsigned both = static_cast<const std::uint8_t*>(w.integers)[b * 16 + inside % 16];
      value = static_cast<std::int32_t>(inside < 16 ? both & 15U : both >> 4U) - 8;
    }
    out[n * inputs + k] = to_bf16(scale * static_cast<float>(value));
  }
}

dim3 blocks_for(std::int32_t outputs, std::int32_t batch = 1) {
  return blocks((outputs + outputs_each - 1) / outputs_each, batch);
}

template <class Weight>
status launch_gemv(const gemv_args& args, stream on) {
  return with_elements(args.x.type, args.out.type, [&](auto* in, auto* out) {
    using in_type = std::remove_pointer_t<decltype(in)>;
    using out_type = std::remove_pointer_t<decltype(out)>;
    const auto grid = blocks_for(args.outputs, args.batch.count);
    const dim3 threads{32 * outputs_each, 1, 1};
    return args.rows == 1
               ? launch(gemv_kernel<Weight, in_type, out_type, 1>, grid, threads, 0, on, args)
           : args.rows <= 4
               ? launch(gemv_kernel<Weight, in_type, out_type, 4>, grid, threads, 0, on, args)
               : launch(gemv_kernel<Weight, in_type, out_type, 8>, grid, threads, 0, on, args);
  });
}

template <dtype Type>
status launch_block_gemv(const block_gemv_args& args, stream on) {
  return with_element(args.out.type, [&](auto* out) {
    using type = std::remove_pointer_t<decltype(out)>;
    const auto grid = blocks_for(args.w.outputs);
    const dim3 threads{32 * outputs_each, 1, 1};
    return args.rows == 1   ? launch(block_gemv_kernel<Type, type, 1>, grid, threads, 0, on, args)
           : args.rows <= 4 ? launch(block_gemv_kernel<Type, type, 4>, grid, threads, 0, on, args)
                            : launch(block_gemv_kernel<Type, type, 8>, grid, threads, 0, on, args);
  });
}

bool is_whole(const block_matrix& w) {
  return w.outputs >= 1 && w.inputs >= block_inputs && w.inputs % block_inputs == 0
         && (w.type == dtype::q8_0 || w.type == dtype::q4_0);
}

} // namespace

status quantize_rows(const quantize_rows_args& args, stream on) {
  if (args.rows < 1 || args.inputs < block_inputs || args.inputs % block_inputs != 0) {
    return invalid_value;
  }
  return with_element(args.x.type, [&](auto* in) {
    using type = std::remove_pointer_t<decltype(in)>;
    return launch(quantize_kernel<type>, blocks(args.rows, (args.inputs / block_inputs + 3) / 4),
                  dim3{128, 1, 1}, 0, on, args);
  });
}

status block_gemv(const block_gemv_args& args, stream on) {
  if (args.rows < 1 || args.rows > gemv_rows_max || !is_whole(args.w)) {
    return invalid_value;
  }
  return args.w.type == dtype::q8_0 ? launch_block_gemv<dtype::q8_0>(args, on)
                                    : launch_block_gemv<dtype::q4_0>(args, on);
}

status widen_blocks(const block_matrix& w, void* out, stream on) {
  if (!is_whole(w)) {
    return invalid_value;
  }
  auto* to = static_cast<bf16*>(out);
  const dim3 threads{256, 1, 1};
  return w.type == dtype::q8_0
             ? launch(widen_blocks_kernel<dtype::q8_0>, blocks(w.outputs), threads, 0, on, w, to)
             : launch(widen_blocks_kernel<dtype::q4_0>, blocks(w.outputs), threads, 0, on, w, to);
}

status gemv(const gemv_args& args, stream on) {
  if (args.rows < 1 || args.rows > gemv_rows_max || args.outputs < 1 || args.inputs < at_once
      || args.inputs % at_once != 0 || args.x.stride % at_once != 0 || args.batch.count < 1
      || args.batch.x % at_once != 0 || args.batch.w % at_once != 0) {
    return invalid_value;
  }
  switch (args.type) {
    case dtype::f32:
      return launch_gemv<float>(args, on);
    case dtype::bf16:
      return launch_gemv<bf16>(args, on);
    case dtype::f16:
      return launch_gemv<half_bits>(args, on);
    default:
      return invalid_value;
  }
}

} // namespace troupe::cuda::ops
