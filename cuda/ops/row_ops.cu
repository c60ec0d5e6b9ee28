// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "cuda/math/activation.hpp"
#include "cuda/ops/activate.hpp"
#include "cuda/ops/add_norm.hpp"
#include "cuda/ops/embedding.hpp"
#include "cuda/ops/launching.cuh"
#include "cuda/ops/move_rows.hpp"
#include "cuda/ops/sum_ranks.hpp"

// The ops whose rows do not see each other: one translation unit, because nvcc's start costs more
// than all of these kernels.
namespace troupe::cuda::ops {
namespace {

using engine::ops::dtype;

constexpr std::size_t scale_bytes = 2;
constexpr std::size_t block = engine::ops::block_inputs;

/// Of a checkpoint: at any alignment.
__device__ std::uint16_t read_two(const std::byte* from) {
  return static_cast<std::uint16_t>(static_cast<unsigned>(from[0])
                                    | static_cast<unsigned>(from[1]) << 8U);
}

__device__ float element_at(const std::byte* row, std::size_t c, dtype type) {
  if (type == dtype::f32) {
    const auto* at = row + c * 4;
    return bits_to_float(read_two(at) | std::uint32_t{read_two(at + 2)} << 16U);
  }
  if (type == dtype::bf16) {
    return widen(bf16{read_two(row + c * 2)});
  }
  if (type == dtype::f16) {
    return f16_to_f32(read_two(row + c * 2));
  }
  const auto* at = row + c / block * engine::ops::row_bytes(type, block);
  const auto scale = f16_to_f32(read_two(at));
  const auto k = c % block;
  if (type == dtype::q8_0) {
    return scale * static_cast<float>(static_cast<std::int8_t>(at[scale_bytes + k]));
  }
  const auto both = static_cast<unsigned>(at[scale_bytes + k % 16]);
  return scale * static_cast<float>(static_cast<int>(k < 16 ? both & 15U : both >> 4U) - 8);
}

template <class Out>
__global__ void embedding_kernel(embedding_args args) {
  const std::size_t r = blockIdx.x;
  const auto cols = static_cast<std::size_t>(args.cols);
  const auto* row = static_cast<const std::byte*>(args.table)
                    + args.ids[r] * engine::ops::row_bytes(args.type, cols);
  auto* out = static_cast<Out*>(args.out.data) + r * args.out.stride;
  for (std::size_t c = threadIdx.x; c < cols; c += blockDim.x) {
    out[c] = narrow<Out>(element_at(row, c, args.type) * args.scale);
  }
}

__global__ void sum_ranks_kernel(sum_ranks_args args) {
  for (std::size_t i = std::size_t{blockIdx.x} * blockDim.x + threadIdx.x; i < args.count;
       i += std::size_t{gridDim.x} * blockDim.x) {
    float sum = args.each[0][i];
    for (std::int32_t r = 1; r < args.ranks; ++r) {
      sum += args.each[r][i];
    }
    for (std::int32_t r = 0; r < args.ranks; ++r) {
      args.each[r][i] = sum;
    }
  }
}

/// What a norm takes off and multiplies by, of a row in shared memory.
struct spread {
  float mean;
  float inverse;
};

__device__ spread spread_of(const float* row, std::int32_t cols, norm_kind kind, float eps,
                            float* parts) {
  const auto count = static_cast<float>(cols);
  float mean = 0;
  if (kind == norm_kind::layer) {
    float sum = 0;
    for (auto c = static_cast<std::int32_t>(threadIdx.x); c < cols; c += blockDim.x) {
      sum += row[c];
    }
    mean = over_block(sum, parts, plus{}) / count;
  }
  float squares = 0;
  for (auto c = static_cast<std::int32_t>(threadIdx.x); c < cols; c += blockDim.x) {
    const float off = row[c] - mean;
    squares = fmaf(off, off, squares);
  }
  return {mean, 1.0F / sqrtf(over_block(squares, parts, plus{}) / count + eps)};
}

__device__ float normed(float x, spread s, float weight, const float* bias, std::int32_t c) {
  const float scaled = (x - s.mean) * s.inverse * weight;
  return bias == nullptr ? scaled : scaled + bias[c];
}

/// Every thread reads and writes its own columns of the row alone; only sums meet.
template <class In, class Out>
__global__ void add_norm_kernel(add_norm_args args) {
  __shared__ float parts[32];
  auto* row = shared_memory<float>();
  const std::size_t r = blockIdx.x;
  float* x = args.x + r * args.x_stride;
  const auto first = static_cast<std::int32_t>(threadIdx.x);
  const auto step = static_cast<std::int32_t>(blockDim.x);
  if (args.y.data != nullptr) {
    const auto* y = static_cast<const In*>(args.y.data) + r * args.y.stride;
    for (auto c = first; c < args.cols; c += step) {
      row[c] = widen(y[c]) + (args.y_bias == nullptr ? 0.0F : args.y_bias[c]);
    }
    if (args.y_weight != nullptr) {
      const auto s = spread_of(row, args.cols, args.kind, args.eps, parts);
      for (auto c = first; c < args.cols; c += step) {
        row[c] = normed(row[c], s, args.y_weight[c], args.y_weight_bias, c);
      }
    }
    for (auto c = first; c < args.cols; c += step) {
      row[c] = x[c] + row[c];
      x[c] = row[c];
    }
  } else {
    for (auto c = first; c < args.cols; c += step) {
      row[c] = x[c];
    }
  }
  if (args.out.data == nullptr) {
    return;
  }
  const auto s = spread_of(row, args.cols, args.kind, args.eps, parts);
  auto* out = static_cast<Out*>(args.out.data) + r * args.out.stride;
  for (auto c = first; c < args.cols; c += step) {
    out[c] = narrow<Out>(normed(row[c], s, args.weight[c], args.bias, c));
  }
}

__device__ float activated(activation act, float gate, float up) {
  switch (act) {
    case activation::silu_mul:
      return silu_mul(gate, up);
    case activation::gelu_mul:
      return gelu_mul(gate, up);
    case activation::swiglu_oai:
      return swiglu_oai(gate, up);
    case activation::gelu:
      break;
  }
  return gelu(gate);
}

template <class In, class Out>
__global__ void activate_kernel(activate_args args) {
  const std::size_t r = blockIdx.x;
  const auto cols = static_cast<std::size_t>(args.cols);
  const auto* x = static_cast<const In*>(args.x.data) + r * args.x.stride;
  auto* out = static_cast<Out*>(args.out.data) + r * args.out.stride;
  const bool is_gated = args.act != activation::gelu;
  for (std::size_t c = blockIdx.y * blockDim.x + threadIdx.x; c < cols;
       c += std::size_t{blockDim.x} * gridDim.y) {
    float gate = widen(x[c]);
    float up = is_gated ? widen(x[cols + c]) : 0.0F;
    if (args.bias != nullptr) {
      gate += args.bias[c];
      up += is_gated ? args.bias[cols + c] : 0.0F;
    }
    out[c] = narrow<Out>(activated(args.act, gate, up));
  }
}

__global__ void softcap_kernel(softcap_args args) {
  float* x = args.x + blockIdx.x * args.x_stride;
  for (auto c = blockIdx.y * blockDim.x + threadIdx.x; c < static_cast<unsigned>(args.cols);
       c += blockDim.x * gridDim.y) {
    x[c] = cuda::softcap(x[c], args.cap);
  }
}

template <class In, class Out>
__global__ void gather_kernel(gather_rows_args args) {
  const std::size_t r = blockIdx.x;
  const auto* x =
      static_cast<const In*>(args.x.data) + static_cast<std::size_t>(args.index[r]) * args.x.stride;
  const float share = args.share == nullptr ? 1.0F : args.share[r];
  auto* out = static_cast<Out*>(args.out.data) + r * args.out.stride;
  for (std::size_t c = threadIdx.x; c < static_cast<std::size_t>(args.cols); c += blockDim.x) {
    out[c] = narrow<Out>(widen(x[c]) * share);
  }
}

template <class In, class Out>
__global__ void mix_kernel(mix_rows_args args) {
  const std::size_t r = blockIdx.x;
  const auto chosen = static_cast<std::size_t>(args.chosen);
  auto* out = static_cast<Out*>(args.out.data) + r * args.out.stride;
  for (std::size_t c = threadIdx.x; c < static_cast<std::size_t>(args.cols); c += blockDim.x) {
    float sum = 0;
    for (std::size_t i = 0; i < chosen; ++i) {
      const auto place = args.place[r * chosen + i];
      if (place >= 0) {
        const auto* x =
            static_cast<const In*>(args.x.data) + static_cast<std::size_t>(place) * args.x.stride;
        const float share = args.share == nullptr ? 1.0F : args.share[r * chosen + i];
        sum += share * widen(x[c]);
      }
    }
    out[c] = narrow<Out>(sum);
  }
}

/// Blocks that share a wide row, so that few rows still fill a device.
std::int32_t shares_of(std::int32_t rows, std::int32_t cols) {
  constexpr std::int32_t columns_each = 2048;
  constexpr std::int32_t enough_rows = 512;
  return rows >= enough_rows ? 1 : (cols + columns_each - 1) / columns_each;
}

} // namespace

status sum_ranks(const sum_ranks_args& args, stream on) {
  if (args.ranks < 1 || args.ranks > summed_max || args.count < 1) {
    return invalid_value;
  }
  constexpr std::size_t each = 256;
  const auto wanted = (args.count + each - 1) / each;
  const auto grid = static_cast<std::int32_t>(wanted < 4096 ? wanted : 4096);
  return launch(sum_ranks_kernel, blocks(grid), dim3{each, 1, 1}, 0, on, args);
}

status embedding(const embedding_args& args, stream on) {
  constexpr auto last = engine::ops::dtype::q4_0;
  if (args.rows < 1 || args.cols < 1 || args.type > last
      || args.cols % engine::ops::inputs_of_block(args.type) != 0) {
    return invalid_value;
  }
  return with_element(args.out.type, [&](auto* out) {
    using type = std::remove_pointer_t<decltype(out)>;
    return launch(embedding_kernel<type>, blocks(args.rows), threads_for(args.cols), 0, on, args);
  });
}

status add_norm(const add_norm_args& args, stream on) {
  const bool is_normed = args.out.data != nullptr;
  if (args.rows < 1 || args.cols < 1 || args.cols > cols_max
      || (is_normed && args.weight == nullptr)) {
    return invalid_value;
  }
  return with_elements(args.y.type, args.out.type, [&](auto* in, auto* out) {
    using in_type = std::remove_pointer_t<decltype(in)>;
    using out_type = std::remove_pointer_t<decltype(out)>;
    return launch(add_norm_kernel<in_type, out_type>, blocks(args.rows), threads_for(args.cols),
                  static_cast<std::size_t>(args.cols) * sizeof(float), on, args);
  });
}

status activate(const activate_args& args, stream on) {
  if (args.rows < 1 || args.cols < 1) {
    return invalid_value;
  }
  return with_elements(args.x.type, args.out.type, [&](auto* in, auto* out) {
    using in_type = std::remove_pointer_t<decltype(in)>;
    using out_type = std::remove_pointer_t<decltype(out)>;
    return launch(activate_kernel<in_type, out_type>,
                  blocks(args.rows, shares_of(args.rows, args.cols)), threads_for(args.cols), 0, on,
                  args);
  });
}

status softcap(const softcap_args& args, stream on) {
  if (args.rows < 1 || args.cols < 1 || !(args.cap > 0)) {
    return invalid_value;
  }
  return launch(softcap_kernel, blocks(args.rows, shares_of(args.rows, args.cols)),
                threads_for(args.cols), 0, on, args);
}

status gather_rows(const gather_rows_args& args, stream on) {
  if (args.rows < 1 || args.cols < 1) {
    return invalid_value;
  }
  return with_elements(args.x.type, args.out.type, [&](auto* in, auto* out) {
    using in_type = std::remove_pointer_t<decltype(in)>;
    using out_type = std::remove_pointer_t<decltype(out)>;
    return launch(gather_kernel<in_type, out_type>, blocks(args.rows), threads_for(args.cols), 0,
                  on, args);
  });
}

status mix_rows(const mix_rows_args& args, stream on) {
  if (args.rows < 1 || args.cols < 1 || args.chosen < 1) {
    return invalid_value;
  }
  return with_elements(args.x.type, args.out.type, [&](auto* in, auto* out) {
    using in_type = std::remove_pointer_t<decltype(in)>;
    using out_type = std::remove_pointer_t<decltype(out)>;
    return launch(mix_kernel<in_type, out_type>, blocks(args.rows), threads_for(args.cols), 0, on,
                  args);
  });
}

} // namespace troupe::cuda::ops
