// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"

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
  table.block_matmul = avx512::block_matmul;
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

const cpu_ops& select_ops(cpu_path path) {
#ifdef TROUPE_WITH_AVX2
  if (path == cpu_path::avx512 || (path == cpu_path::automatic && has_avx512())) {
    TROUPE_CHECK(has_avx512());
    return avx512_table;
  }
  if (path == cpu_path::avx2 || (path == cpu_path::automatic && has_avx2())) {
    TROUPE_CHECK(has_avx2());
    return avx2_table;
  }
#endif
  TROUPE_CHECK(path == cpu_path::portable || path == cpu_path::automatic);
  return portable_table;
}

} // namespace troupe::engine::cpu
