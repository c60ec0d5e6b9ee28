// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/packed_copy.hpp"
#include "runtime/base/bytes.hpp"

#include <cstdint>
#include <memory>

/// Files of packed weights written by tests: whole ones, and ones that lie.
namespace troupe::test {

inline constexpr hash128 packed_test_key{7, 9};

/// Three tensors whose bytes are counted up from `seed`: a bf16 matrix of 20 outputs, rows of q8_0,
/// and floats. `pad_bytes` more make a body of several pieces.
struct packed_sample {
  explicit packed_sample(std::uint8_t seed = 0, std::uint64_t pad_bytes = 0);
  packed_sample(const packed_sample&) = delete;
  packed_sample& operator=(const packed_sample&) = delete;

  bytes matrix;
  bytes rows;
  bytes pad;
  std::shared_ptr<engine::packed_notes> notes;
};

/// A whole file of them, its body and the sums included.
[[nodiscard]] bytes packed_file_of(const packed_sample& of);

/// Makes both hashes of the front fit what it says, so that only what it says is wrong.
void reseal(bytes& file);

} // namespace troupe::test
