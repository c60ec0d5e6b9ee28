// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/gemv.hpp"
#include "cuda/ops/launching.cuh"

namespace troupe::cuda::ops {
namespace {

using engine::ops::dtype;

constexpr int outputs_each = 4; ///< Of a block of threads: a warp for each.
constexpr int at_once = 8;      ///< Elements that a lane reads.

struct half_bits {
  std::uint16_t bits;
};

__device__ float widen_half(half_bits value) {
  return f16_to_f32(value.bits);
}

__device__ void load_eight(const float* from, float (&to)[at_once]) {
  for (int half = 0; half < 2; ++half) {
    const auto four = reinterpret_cast<const words<4>*>(from)[half];
    for (int i = 0; i < 4; ++i) {
      to[4 * half + i] = bits_to_float(four.each[i]);
    }
  }
}

__device__ void load_eight(const bf16* from, float (&to)[at_once]) {
  const auto all = *reinterpret_cast<const words<4>*>(from);
  for (int i = 0; i < 4; ++i) {
    to[2 * i] = bits_to_float(all.each[i] << 16U);
    to[2 * i + 1] = bits_to_float(all.each[i] & 0xffff0000U);
  }
}

__device__ void load_eight(const half_bits* from, float (&to)[at_once]) {
  const auto all = *reinterpret_cast<const words<4>*>(from);
  for (int i = 0; i < 4; ++i) {
    to[2 * i] = widen_half({static_cast<std::uint16_t>(all.each[i] & 0xffffU)});
    to[2 * i + 1] = widen_half({static_cast<std::uint16_t>(all.each[i] >> 16U)});
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

} // namespace

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
