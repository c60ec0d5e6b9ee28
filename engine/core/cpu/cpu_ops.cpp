// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/cpu_ops.hpp"

#include "engine/core/cpu/avx2/avx2_ops.hpp"
#include "engine/core/cpu/portable/portable_ops.hpp"
#include "runtime/base/check.hpp"

namespace troupe::engine::cpu {
namespace {

constexpr cpu_ops portable_table{.name = "portable",
                                 .embedding = portable::embedding,
                                 .rms_norm = portable::rms_norm,
                                 .matmul = portable::matmul,
                                 .rope = portable::rope,
                                 .kv_store = portable::kv_store,
                                 .paged_attention = portable::paged_attention,
                                 .silu_mul = portable::silu_mul,
                                 .gelu_mul = portable::gelu_mul,
                                 .softcap = portable::softcap,
                                 .add = portable::add};

#ifdef TROUPE_WITH_AVX2
// Ops that only move or add elements gain nothing measurable from their own AVX2 form; gelu_mul and
// softcap have none yet.
constexpr cpu_ops avx2_table{.name = "avx2",
                             .embedding = portable::embedding,
                             .rms_norm = avx2::rms_norm,
                             .matmul = avx2::matmul,
                             .rope = portable::rope,
                             .kv_store = portable::kv_store,
                             .paged_attention = avx2::paged_attention,
                             .silu_mul = avx2::silu_mul,
                             .gelu_mul = portable::gelu_mul,
                             .softcap = portable::softcap,
                             .add = portable::add};
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

const cpu_ops& select_ops(cpu_path path) {
#ifdef TROUPE_WITH_AVX2
  if (path == cpu_path::avx2 || (path == cpu_path::automatic && has_avx2())) {
    TROUPE_CHECK(has_avx2());
    return avx2_table;
  }
#endif
  TROUPE_CHECK(path != cpu_path::avx2);
  return portable_table;
}

} // namespace troupe::engine::cpu
