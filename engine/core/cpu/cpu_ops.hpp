// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/add.hpp"
#include "engine/core/ops/block_matmul.hpp"
#include "engine/core/ops/embedding.hpp"
#include "engine/core/ops/gather_rows.hpp"
#include "engine/core/ops/gelu.hpp"
#include "engine/core/ops/gelu_mul.hpp"
#include "engine/core/ops/kv_store.hpp"
#include "engine/core/ops/layer_norm.hpp"
#include "engine/core/ops/matmul.hpp"
#include "engine/core/ops/paged_attention.hpp"
#include "engine/core/ops/pair_matmul.hpp"
#include "engine/core/ops/quantize_rows.hpp"
#include "engine/core/ops/rms_norm.hpp"
#include "engine/core/ops/rope.hpp"
#include "engine/core/ops/round_rows.hpp"
#include "engine/core/ops/route.hpp"
#include "engine/core/ops/scale_add.hpp"
#include "engine/core/ops/scale_rows.hpp"
#include "engine/core/ops/scatter_add.hpp"
#include "engine/core/ops/silu_mul.hpp"
#include "engine/core/ops/softcap.hpp"
#include "engine/core/ops/swiglu_oai.hpp"
#include "engine/core/ops/widen_fp8.hpp"

#include <cstdint>
#include <string_view>

namespace troupe::engine::cpu {

/// One implementation of every op. All paths give the same bits, but for the order of pair_matmul;
/// they differ in speed.
/// Thread: any; the ops keep no state, allocate nothing, and run in the caller's thread.
struct cpu_ops {
  std::string_view name;
  ops::pair_order order = ops::pair_order::chain;
  ops::embedding_fn embedding = nullptr;
  ops::rms_norm_fn rms_norm = nullptr;
  ops::matmul_fn matmul = nullptr;
  ops::round_rows_fn round_rows = nullptr;
  ops::pair_matmul_fn pair_matmul = nullptr;
  ops::widen_fp8_fn widen_fp8 = nullptr;
  ops::scale_add_fn scale_add = nullptr;
  ops::quantize_rows_fn quantize_rows = nullptr;
  ops::block_matmul_fn block_matmul = nullptr;
  ops::rope_fn rope = nullptr;
  ops::kv_store_fn kv_store = nullptr;
  ops::paged_attention_fn paged_attention = nullptr;
  ops::silu_mul_fn silu_mul = nullptr;
  ops::gelu_mul_fn gelu_mul = nullptr;
  ops::softcap_fn softcap = nullptr;
  ops::swiglu_oai_fn swiglu_oai = nullptr;
  ops::layer_norm_fn layer_norm = nullptr;
  ops::gelu_fn gelu = nullptr;
  ops::scale_rows_fn scale_rows = nullptr;
  ops::add_fn add = nullptr;
  ops::route_fn route = nullptr;
  ops::gather_rows_fn gather_rows = nullptr;
  ops::scatter_add_fn scatter_add = nullptr;
};

enum class cpu_path : std::uint8_t { automatic, portable, avx2, avx512, avx512_bf16, amx };

/// True when this processor and operating system run AVX2, FMA and F16C, by CPUID bits.
[[nodiscard]] bool has_avx2();

/// True when it also runs AVX-512 F, BW, DQ, VL and VNNI.
[[nodiscard]] bool has_avx512();

/// True when it also runs AVX-512 BF16.
[[nodiscard]] bool has_avx512_bf16();

/// True when it also runs the tiles of AMX, which was tried: amx::usable().
[[nodiscard]] bool has_amx();

/// True when it runs `path`.
[[nodiscard]] bool has_path(cpu_path path);

/// The table of a path; `automatic` is the fastest that this machine runs.
/// Requires: the machine runs `path` (checked).
[[nodiscard]] const cpu_ops& select_ops(cpu_path path = cpu_path::automatic);

} // namespace troupe::engine::cpu
