// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

#include <cstdint>

/// The path for processors with AVX2, FMA and F16C. Its translation units alone are compiled for
/// them, so they must not define anything another unit might link to: no inline functions of the
/// standard library, only intrinsics and `static` helpers.
namespace troupe::engine::cpu::avx2 {

void rms_norm(const ops::rms_norm_args& args);
void matmul(const ops::matmul_args& args);
void pair_matmul(const ops::pair_matmul_args& args);
void block_matmul(const ops::block_matmul_args& args);
void scale_add(const ops::scale_add_args& args);
void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out);
void paged_attention(const ops::paged_attention_args& args);
void silu_mul(const ops::silu_mul_args& args);

std::uint64_t spin_f32(std::uint64_t count);

} // namespace troupe::engine::cpu::avx2
