// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

/// The path for processors with AVX-512 F, BW, DQ, VL and VNNI; ops that gain nothing from them are
/// those of AVX2. What avx2_ops.hpp says of its translation units holds for these.
namespace troupe::engine::cpu::avx512 {

void block_matmul(const ops::block_matmul_args& args);

} // namespace troupe::engine::cpu::avx512
