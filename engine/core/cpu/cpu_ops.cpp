// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"

#include "engine/core/cpu/amx/amx_ops.hpp"
#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/avx512/avx512_ops.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu {
namespace {

constexpr cpu_ops portable_table{.name = "portable",
                                 .embedding = portable::embedding,
                                 .rms_norm = portable::rms_norm,
                                 .matmul = portable::matmul,
                                 .round_rows = portable::round_rows,
                                 .pair_matmul = portable::pair_matmul,
                                 .widen_fp8 = portable::widen_fp8,
                                 .scale_add = portable::scale_add,
                                 .quantize_rows = portable::quantize_rows,
                                 .block_matmul = portable::block_matmul,
                                 .rope = portable::rope,
                                 .kv_store = portable::kv_store,
                                 .paged_attention = portable::paged_attention,
                                 .silu_mul = portable::silu_mul,
                                 .gelu_mul = portable::gelu_mul,
                                 .softcap = portable::softcap,
                                 .swiglu_oai = portable::swiglu_oai,
                                 .layer_norm = portable::layer_norm,
                                 .gelu = portable::gelu,
                                 .scale_rows = portable::scale_rows,
                                 .add = portable::add,
                                 .route = portable::route,
                                 .gather_rows = portable::gather_rows,
                                 .scatter_add = portable::scatter_add};

#ifdef TROUPE_WITH_AVX2
// Ops that only move or add elements, or work on few, gain nothing measurable from their own AVX2
// form; gelu_mul and softcap have none yet.
constexpr cpu_ops avx2_table{.name = "avx2",
                             .embedding = portable::embedding,
                             .rms_norm = avx2::rms_norm,
                             .matmul = avx2::matmul,
                             .round_rows = portable::round_rows,
                             .pair_matmul = avx2::pair_matmul,
                             .widen_fp8 = avx2::widen_fp8,
                             .scale_add = avx2::scale_add,
                             .quantize_rows = portable::quantize_rows,
                             .block_matmul = avx2::block_matmul,
                             .rope = portable::rope,
                             .kv_store = portable::kv_store,
                             .paged_attention = avx2::paged_attention,
                             .silu_mul = avx2::silu_mul,
                             .gelu_mul = portable::gelu_mul,
                             .softcap = portable::softcap,
                             .swiglu_oai = portable::swiglu_oai,
                             .layer_norm = portable::layer_norm,
                             .gelu = portable::gelu,
                             .scale_rows = portable::scale_rows,
                             .add = portable::add,
                             .route = portable::route,
                             .gather_rows = portable::gather_rows,
                             .scatter_add = portable::scatter_add};

constexpr cpu_ops avx512_table = [] {
  cpu_ops table = avx2_table;
  table.name = "avx512";
  table.matmul = avx512::matmul;
  table.pair_matmul = avx512::pair_matmul;
  table.block_matmul = avx512::block_matmul;
  table.widen_fp8 = avx512::widen_fp8;
  return table;
}();

constexpr cpu_ops avx512_bf16_table = [] {
  cpu_ops table = avx512_table;
  table.name = "avx512_bf16";
  table.pair_matmul = avx512::pair_matmul_bf16;
  return table;
}();

constexpr cpu_ops amx_table = [] {
  cpu_ops table = avx512_bf16_table;
  table.name = "amx";
  table.order = ops::pair_order::tiles;
  table.pair_matmul = amx::pair_matmul;
  table.block_matmul = amx::block_matmul;
  return table;
}();
#endif

} // namespace

bool has_avx2() {
#ifdef TROUPE_WITH_AVX2
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0
         && __builtin_cpu_supports("f16c") != 0;
#else
  return false;
#endif
}

bool has_avx512() {
#ifdef TROUPE_WITH_AVX2
  return has_avx2() && __builtin_cpu_supports("avx512f") != 0
         && __builtin_cpu_supports("avx512bw") != 0 && __builtin_cpu_supports("avx512dq") != 0
         && __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
#else
  return false;
#endif
}

bool has_avx512_bf16() {
#ifdef TROUPE_WITH_AVX2
  return has_avx512() && __builtin_cpu_supports("avx512bf16") != 0;
#else
  return false;
#endif
}

bool has_amx() {
#ifdef TROUPE_WITH_AVX2
  return amx::usable();
#else
  return false;
#endif
}

bool has_path(cpu_path path) {
  switch (path) {
    case cpu_path::avx2:
      return has_avx2();
    case cpu_path::avx512:
      return has_avx512();
    case cpu_path::avx512_bf16:
      return has_avx512_bf16();
    case cpu_path::amx:
      return has_amx();
    case cpu_path::automatic:
    case cpu_path::portable:
      break;
  }
  return true;
}

const cpu_ops& select_ops(cpu_path path) {
#ifdef TROUPE_WITH_AVX2
  struct entry {
    cpu_path path;
    const cpu_ops* table;
  };
  constexpr entry fastest_first[] = {{cpu_path::amx, &amx_table},
                                     {cpu_path::avx512_bf16, &avx512_bf16_table},
                                     {cpu_path::avx512, &avx512_table},
                                     {cpu_path::avx2, &avx2_table}};
  for (const auto& [one, table] : fastest_first) {
    if (path == one || (path == cpu_path::automatic && has_path(one))) {
      TROUPE_CHECK(has_path(one));
      return *table;
    }
  }
#endif
  TROUPE_CHECK(path == cpu_path::portable || path == cpu_path::automatic);
  return portable_table;
}

} // namespace troupe::engine::cpu
