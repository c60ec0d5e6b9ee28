// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace troupe::engine::ops {

/// `count` codes of e4m3 as bf16, which holds all of them; a NaN becomes some number.
/// Requires: count a multiple of 32. Cannot fail.
/// Checked: all codes in test/conformance/ops/fp8_matmul_test.cpp
using widen_fp8_fn = void (*)(const std::uint8_t* codes, std::size_t count, std::uint16_t* out);

} // namespace troupe::engine::ops
