// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/device/matrix.cuh"
#include "cuda/ops/coded_weights.cuh"
#include "cuda/ops/grouped_gemm.hpp"
#include "cuda/ops/launching.cuh"

namespace troupe::cuda::ops {
namespace {

// Four warps, each 32 rows by 32 outputs of a tile of 64 by 64; inputs in steps of 64, the next one
// on its way while one is multiplied.
constexpr int tile_rows = 64;
constexpr int tile_outputs = 64;
constexpr int step = 64;
constexpr int pitch = step + 8;
constexpr int threads = 128;
constexpr std::size_t stage_elements = (tile_rows + tile_outputs) * pitch;
constexpr std::size_t shared_bytes = 2 * stage_elements * sizeof(bf16);

/// Which group and which of its rows the tile number `number` has; group is -1 past the last.
struct tile_of_group {
  std::int32_t group;
  std::int32_t first;
  std::int32_t end;
};

__device__ tile_of_group find_tile(const grouped_gemm_args& args, std::int32_t number) {
  if (args.begin == nullptr) {
    return {0, number * tile_rows, args.pairs_max};
  }
  for (std::int32_t g = 0; g < args.groups; ++g) {
    const auto begin = args.begin[g];
    const auto end = args.begin[g + 1];
    const auto tiles = (end - begin + tile_rows - 1) / tile_rows;
    if (number < tiles) {
      return {g, begin + number * tile_rows, end};
    }
    number -= tiles;
  }
  return {-1, 0, 0};
}

/// The numbers of a tile of outputs and a step of inputs, from codes to shared memory as bf16. Of
/// what is past the last input or the last panel, zeros.
template <dtype Type>
__device__ void stage_codes(bf16* to, const unsigned char* w, std::size_t panel_bytes,
                            const grouped_gemm_args& args, std::int32_t first_output,
                            std::int32_t from) {
  constexpr int each = unit_inputs<Type>;
  constexpr int units = step * (panel_width / unit_outputs) / each; ///< Of a panel, in a step.
  for (auto i = static_cast<std::int32_t>(threadIdx.x); i < units * (tile_outputs / panel_width);
       i += threads) {
    const auto panel = i / units;
    const auto unit = from * (panel_width / unit_outputs) / each + i % units;
    float numbers[unit_outputs][each] = {};
    if (unit < units_of<Type>(args.inputs) && first_output + panel * panel_width < args.outputs) {
      load_unit<Type>(
          w + static_cast<std::size_t>(first_output / panel_width + panel) * panel_bytes,
          args.inputs, unit, numbers);
    }
    auto* first =
        to + (panel * panel_width + unit % (panel_width / unit_outputs) * unit_outputs) * pitch
        + first_input<Type>(unit) - from;
#pragma unroll
    for (int o = 0; o < unit_outputs; ++o) {
#pragma unroll
      for (int k = 0; k < each; k += 2) {
        *reinterpret_cast<bf16_pair*>(first + o * pitch + input_offset<Type>(k)) =
            pack(numbers[o][k], numbers[o][k + 1]);
      }
    }
  }
}

template <dtype Type, class Out>
__global__ void __launch_bounds__(threads, 1)
    grouped_gemm_kernel(grouped_gemm_args args, std::size_t panel_bytes) {
  const auto at = find_tile(args, static_cast<std::int32_t>(blockIdx.y));
  if (at.group < 0) {
    return;
  }
  auto* stages = shared_memory<bf16>();
  const auto first_output = static_cast<std::int32_t>(blockIdx.x) * tile_outputs;
  const auto inputs = static_cast<std::size_t>(args.inputs);
  const std::size_t number = blockIdx.z; // In the batch.
  const auto* x = static_cast<const bf16*>(args.x) + number * args.batch.x;
  const auto outputs_before =
      static_cast<std::size_t>(at.group)
      * static_cast<std::size_t>(is_coded(Type) ? engine::ops::round_up_to_panel(args.outputs)
                                                : args.outputs);
  const auto* codes =
      static_cast<const unsigned char*>(args.w.data) + outputs_before / panel_width * panel_bytes;
  const auto* w =
      static_cast<const bf16*>(args.w.data) + number * args.batch.w + outputs_before * inputs;
  const auto* bias = args.bias == nullptr ? nullptr : args.bias + at.group * args.outputs;
  auto* out = static_cast<Out*>(args.out.data) + number * args.batch.out;
  const auto stage = [&](std::int32_t from, int which) {
    auto* to = stages + static_cast<std::size_t>(which) * stage_elements;
    if constexpr (is_coded(Type)) {
      stage_codes<Type>(to + tile_rows * pitch, codes, panel_bytes, args, first_output, from);
    }
    constexpr int lines = is_coded(Type) ? tile_rows : tile_rows + tile_outputs;
    for (auto i = static_cast<std::int32_t>(threadIdx.x); i < lines * (step / 8); i += threads) {
      const auto line = i / (step / 8);
      const auto k = from + i % (step / 8) * 8;
      const bf16* source = x;
      bool is_there = k < args.inputs;
      if (line < tile_rows) {
        const auto p = at.first + line;
        is_there = is_there && p < at.end;
        if (is_there) {
          const auto row = args.index == nullptr ? p : args.index[p];
          source += static_cast<std::size_t>(row) * args.x_stride + static_cast<std::size_t>(k);
        }
      } else {
        const auto n = first_output + line - tile_rows;
        is_there = is_there && n < args.outputs;
        source = w;
        if (is_there) {
          source += static_cast<std::size_t>(n) * inputs + static_cast<std::size_t>(k);
        }
      }
      copy_later(to + line * pitch + i % (step / 8) * 8, source, is_there ? 16 : 0);
    }
    commit_copies();
  };
  stage(0, 0);
  const auto row_warp = static_cast<std::int32_t>(warp()) / 2 * 32;
  const auto output_warp = static_cast<std::int32_t>(warp()) % 2 * 32;
  const auto l = static_cast<std::int32_t>(lane());
  float sums[2][4][4] = {};
  int which = 0;
  for (std::int32_t from = 0; from < args.inputs; from += step, which ^= 1) {
    if (from + step < args.inputs) {
      stage(from + step, which ^ 1);
      wait_copies<1>();
    } else {
      wait_copies<0>();
    }
    sync_block();
    const auto* rows = stages + static_cast<std::size_t>(which) * stage_elements;
    const auto* outputs = rows + tile_rows * pitch;
#pragma unroll
    for (int k = 0; k < step / 16; ++k) {
      bf16_pair a[2][4];
#pragma unroll
      for (int i = 0; i < 2; ++i) {
        load_matrices(a[i], rows + (row_warp + i * 16 + l % 16) * pitch + k * 16 + l / 16 * 8);
      }
#pragma unroll
      for (int j = 0; j < 4; j += 2) {
        bf16_pair b[4];
        load_matrices(b, outputs + (output_warp + (j + l / 16) * 8 + l % 8) * pitch + k * 16
                             + l / 8 % 2 * 8);
#pragma unroll
        for (int i = 0; i < 2; ++i) {
          multiply_add(sums[i][j], a[i], b[0], b[1]);
          multiply_add(sums[i][j + 1], a[i], b[2], b[3]);
        }
      }
    }
    sync_block(); // Before the next but one overwrites this stage.
  }
#pragma unroll
  for (int i = 0; i < 2; ++i) {
#pragma unroll
    for (int j = 0; j < 4; ++j) {
#pragma unroll
      for (int c = 0; c < 4; ++c) {
        const auto p = at.first + row_warp + i * 16 + l / 4 + c / 2 * 8;
        const auto n = first_output + output_warp + j * 8 + l % 4 * 2 + c % 2;
        if (p < at.end && n < args.outputs) {
          out[static_cast<std::size_t>(p) * args.out.stride + static_cast<std::size_t>(n)] =
              narrow<Out>(sums[i][j][c] + (bias == nullptr ? 0.0F : bias[n]));
        }
      }
    }
  }
}

} // namespace

status grouped_gemm(const grouped_gemm_args& args, stream on) {
  if (args.groups < 1 || args.outputs < 1 || args.inputs < 8 || args.inputs % 8 != 0
      || args.x_stride % 8 != 0 || args.pairs_max < 1 || (args.begin == nullptr && args.groups != 1)
      || args.batch.count < 1 || (args.batch.count > 1 && args.groups != 1) || args.batch.x % 8 != 0
      || args.batch.w % 8 != 0
      || (args.w.type != dtype::bf16
          && (!is_coded(args.w.type) || args.batch.count > 1
              || args.inputs % engine::ops::inputs_of_block(args.w.type) != 0))) {
    return invalid_value;
  }
  // Every group may leave one tile unfilled.
  const auto tiles = (args.pairs_max + tile_rows - 1) / tile_rows + args.groups - 1;
  const auto panel_bytes = engine::ops::panel_bytes(args.w.type, args.inputs);
  const auto run = [&](auto tag) {
    return with_element(args.out.type, [&](auto* out) {
      using type = std::remove_pointer_t<decltype(out)>;
      return launch(
          grouped_gemm_kernel<decltype(tag)::type, type>,
          blocks((args.outputs + tile_outputs - 1) / tile_outputs, tiles, args.batch.count),
          dim3{threads, 1, 1}, shared_bytes, on, args, panel_bytes);
    });
  };
  return args.w.type == dtype::bf16 ? run(coded_tag<dtype::bf16>{}) : with_coded(args.w.type, run);
}

} // namespace troupe::cuda::ops
