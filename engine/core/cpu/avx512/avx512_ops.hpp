// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

#include <cstddef>
#include <cstdint>

/// The path for processors with AVX-512 F, BW, DQ, VL and VNNI; ops that gain nothing from them are
/// those of AVX2. What avx2_ops.hpp says of its translation units holds for these.
namespace troupe::engine::cpu::avx512 {

void matmul(const ops::matmul_args& args);
void pair_matmul(const ops::pair_matmul_args& args);
void block_matmul(const ops::block_matmul_args& args);
void widen_fp8(const std::uint8_t* codes, std::size_t count, std::uint16_t* out);

/// Only where has_avx512_bf16().
void pair_matmul_bf16(const ops::pair_matmul_args& args);
std::uint64_t spin_pairs(std::uint64_t count);

std::uint64_t spin_f32(std::uint64_t count);
std::uint64_t spin_int8(std::uint64_t count);
std::uint64_t sum_of(const std::byte* data, std::size_t size_bytes);

} // namespace troupe::engine::cpu::avx512
