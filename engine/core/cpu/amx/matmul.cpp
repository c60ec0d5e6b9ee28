// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/amx/amx_ops.hpp"
#include "engine/core/cpu/amx/block_tiles.hpp"
#include "engine/core/cpu/amx/pair_tiles.hpp"
#include "engine/core/cpu/amx/tiles.hpp"
#include "engine/core/cpu/avx512/avx512_ops.hpp"

namespace troupe::engine::cpu::amx {
namespace {

/// Below, vectors are expected to be as fast, with the same bits. Not measured.
constexpr std::int32_t block_rows_min = 8;

struct own_tiles : tiles {};

struct own_widen {
  static void sixteen(const std::byte* halves, float* out) {
    const auto bits = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(halves));
    _mm512_storeu_ps(out, _mm512_cvtph_ps(bits));
  }
};

} // namespace

void pair_matmul(const ops::pair_matmul_args& args) {
  check(args);
  pair_matmul_by<own_tiles>(args);
}

void block_matmul(const ops::block_matmul_args& args) {
  const bool has_tiles = args.w.type == ops::dtype::q8_0 || args.w.type == ops::dtype::q4_0;
  if (args.rows < block_rows_min || !has_tiles) {
    avx512::block_matmul(args);
    return;
  }
  check(args);
  const auto inputs = static_cast<std::size_t>(args.w.inputs);
  const auto scales_at = inputs * (args.w.type == ops::dtype::q8_0 ? 16 : 8);
  block_matmul_by<own_tiles, own_widen>(args, (scales_at + inputs + 63) / 64 * 64, scales_at);
}

} // namespace troupe::engine::cpu::amx
