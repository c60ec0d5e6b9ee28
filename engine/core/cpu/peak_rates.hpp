// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

/// Loops that do nothing but what limits the ops, on the fastest instructions that this machine's
/// path uses, but for tiles: for measuring how near to the limit the ops come.
namespace troupe::engine::cpu {

/// `pairs` are products of two bf16 at once, or fp32 where there are no instructions for them.
enum class peak_kind : std::uint8_t { f32, pairs, int8 };

/// Multiplies and adds in registers `count` times; returns the multiplications and additions done,
/// 0 where the path has no such instructions.
[[nodiscard]] std::uint64_t spin(peak_kind kind, std::uint64_t count);

/// Reads all bytes and sums them as 64-bit words. Requires: 64-byte alignment, a multiple of 512.
[[nodiscard]] std::uint64_t sum_of(const std::byte* data, std::size_t size_bytes);

} // namespace troupe::engine::cpu
