// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/ops/coded_gemv.hpp"
#include "cuda/ops/coded_weights.cuh"
#include "cuda/ops/launching.cuh"

namespace troupe::cuda::ops {
namespace {

constexpr int threads = 256; ///< For a panel, whose units they share.
constexpr int warps = threads / 32;

/// The numbers of a row that meet those of a unit. Of pairs, so that a thread reads 4 or 8 bytes.
template <dtype Type>
__device__ void load_inputs(const bf16* row, float (&to)[unit_inputs<Type>]) {
  constexpr int together = unit_inputs<Type> < 4 ? unit_inputs<Type> : 4;
#pragma unroll
  for (int first = 0; first < unit_inputs<Type>; first += together) {
    const auto all = *reinterpret_cast<const words<together / 2>*>(row + input_offset<Type>(first));
#pragma unroll
    for (int i = 0; i < together; ++i) {
      const auto both = all.each[i / 2];
      to[first + i] = bits_to_float(i % 2 == 0 ? both << 16U : both & 0xffff0000U);
    }
  }
}

/// A block of threads for each panel. Each thread's outputs are the same in all its units.
template <dtype Type, class Out, int Rows>
__global__ void __launch_bounds__(threads, 1)
    coded_gemv_kernel(coded_gemv_args args, std::size_t panel_bytes) {
  constexpr int each = unit_inputs<Type>;
  const auto* panel = static_cast<const unsigned char*>(args.w.data) + blockIdx.x * panel_bytes;
  const auto* x = static_cast<const bf16*>(args.x);
  const auto units = units_of<Type>(args.inputs);
  float sums[Rows][unit_outputs] = {};
  for (auto unit = static_cast<std::int32_t>(threadIdx.x); unit < units; unit += threads) {
    float weights[unit_outputs][each];
    load_unit<Type>(panel, args.inputs, unit, weights);
    const auto k = static_cast<std::size_t>(first_input<Type>(unit));
#pragma unroll
    for (int r = 0; r < Rows; ++r) {
      float values[each];
      load_inputs<Type>(x + static_cast<std::size_t>(min(r, args.rows - 1)) * args.x_stride + k,
                        values);
#pragma unroll
      for (int o = 0; o < unit_outputs; ++o) {
#pragma unroll
        for (int i = 0; i < each; ++i) {
          sums[r][o] = fmaf(values[i], weights[o][i], sums[r][o]);
        }
      }
    }
  }
  auto* parts = shared_memory<float>(); // [warps][Rows][16]
#pragma unroll
  for (int r = 0; r < Rows; ++r) {
#pragma unroll
    for (int o = 0; o < unit_outputs; ++o) {
      float sum = sums[r][o];
      for (unsigned step = 16; step >= panel_width / unit_outputs; step /= 2) {
        sum += from_lane(sum, lane() ^ step);
      }
      if (lane() < panel_width / unit_outputs) {
        parts[(warp() * Rows + static_cast<unsigned>(r)) * panel_width + lane() * unit_outputs
              + static_cast<unsigned>(o)] = sum;
      }
    }
  }
  sync_block();
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < args.rows * panel_width; i += threads) {
    const auto n = static_cast<std::int32_t>(blockIdx.x) * panel_width + i % panel_width;
    float sum = parts[i];
    for (int w = 1; w < warps; ++w) {
      sum += parts[w * Rows * panel_width + i];
    }
    if (n < args.outputs) {
      static_cast<Out*>(args.out.data)[static_cast<std::size_t>(i / panel_width) * args.out.stride
                                       + static_cast<std::size_t>(n)] = narrow<Out>(sum);
    }
  }
}

template <dtype Type>
__global__ void __launch_bounds__(threads, 1)
    widen_kernel(widen_args args, std::size_t panel_bytes) {
  constexpr int each = unit_inputs<Type>;
  const auto* panel = static_cast<const unsigned char*>(args.w.data)
                      + (args.first_output / panel_width + blockIdx.x) * panel_bytes;
  const auto units = units_of<Type>(args.inputs);
  for (auto unit = static_cast<std::int32_t>(threadIdx.x); unit < units; unit += threads) {
    float weights[unit_outputs][each];
    load_unit<Type>(panel, args.inputs, unit, weights);
    const auto first = static_cast<std::int32_t>(blockIdx.x) * panel_width
                       + unit % (panel_width / unit_outputs) * unit_outputs;
#pragma unroll
    for (int o = 0; o < unit_outputs; ++o) {
      if (first + o >= args.outputs) {
        break;
      }
      auto* out = static_cast<bf16*>(args.out)
                  + static_cast<std::size_t>(first + o) * static_cast<std::size_t>(args.inputs)
                  + first_input<Type>(unit);
#pragma unroll
      for (int i = 0; i < each; i += 2) {
        *reinterpret_cast<std::uint32_t*>(out + input_offset<Type>(i)) =
            pair(weights[o][i], weights[o][i + 1]);
      }
    }
  }
}

bool is_whole(dtype type, std::int32_t outputs, std::int32_t inputs) {
  return outputs >= 1 && inputs >= 2 && is_coded(type)
         && inputs % engine::ops::inputs_of_block(type) == 0;
}

std::int32_t panels_of(std::int32_t outputs) {
  return engine::ops::round_up_to_panel(outputs) / panel_width;
}

} // namespace

status coded_gemv(const coded_gemv_args& args, stream on) {
  if (args.rows < 1 || args.rows > gemv_rows_max || args.x_stride % 8 != 0
      || !is_whole(args.w.type, args.outputs, args.inputs)) {
    return invalid_value;
  }
  const auto bytes = engine::ops::panel_bytes(args.w.type, args.inputs);
  return with_coded(args.w.type, [&](auto tag) {
    return with_element(args.out.type, [&](auto* out) {
      using type = std::remove_pointer_t<decltype(out)>;
      constexpr auto of = decltype(tag)::type;
      const auto run = [&](auto kernel, std::size_t rows) {
        return launch(kernel, blocks(panels_of(args.outputs)), dim3{threads, 1, 1},
                      rows * warps * panel_width * sizeof(float), on, args, bytes);
      };
      return args.rows == 1 ? run(coded_gemv_kernel<of, type, 1>, 1)
                            : run(coded_gemv_kernel<of, type, gemv_rows_max>, gemv_rows_max);
    });
  });
}

status widen_codes(const widen_args& args, stream on) {
  if (args.first_output < 0 || args.first_output % panel_width != 0
      || !is_whole(args.w.type, args.outputs, args.inputs)) {
    return invalid_value;
  }
  const auto bytes = engine::ops::panel_bytes(args.w.type, args.inputs);
  return with_coded(args.w.type, [&](auto tag) {
    return launch(widen_kernel<decltype(tag)::type>, blocks(panels_of(args.outputs)),
                  dim3{threads, 1, 1}, 0, on, args, bytes);
  });
}

} // namespace troupe::cuda::ops
