// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/cpu/cpu_ops.hpp"

/// The path for processors with AMX tiles, for bf16 and 8-bit integers; ops that gain nothing from
/// them are those of AVX-512. What avx2_ops.hpp says of its translation units holds for these.
///
/// It has not run on such a processor yet: its sources are held to the contracts on emulated tiles,
/// and a process uses it only after usable() has.
/// Checked: test/conformance/ops/amx_test.cpp
namespace troupe::engine::cpu::amx {

/// Products of pairs_order::tiles.
void pair_matmul(const ops::pair_matmul_args& args);
void block_matmul(const ops::block_matmul_args& args);

/// True when CPUID names AMX-TILE, -BF16 and -INT8, the operating system lets this process have
/// tiles (asked for once), and both products above give small matrices the bits of the contracts.
/// Thread: any. Cost: the first call some microseconds.
[[nodiscard]] bool usable();

} // namespace troupe::engine::cpu::amx
