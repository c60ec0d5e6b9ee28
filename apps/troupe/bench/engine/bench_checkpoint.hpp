// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/troupe/bench/engine/bench_shape.hpp"
#include "runtime/base/result.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace troupe::bench {

/// What matrices but the embedding are in a directory as checkpoints are published: fp8 with a
/// scale for each 128 x 128, or AWQ's four bits in groups of 128.
enum class checkpoint_codes { fp8, awq };

/// Of a --dtype; nothing where GGUF files have it.
[[nodiscard]] std::optional<checkpoint_codes> checkpoint_codes_of(std::string_view dtype);

/// Writes `<directory>/<shape>-<codes>` with config.json and model.safetensors, of random codes,
/// head tied, unless both are there in the right sizes. Returns its path.
/// Requires: sizes of the shape that groups of 128 and words of 8 divide.
/// Errors: io_failed. Checked: test/unit/bench/bench_shape_test.cpp
[[nodiscard]] result<std::string> write_checkpoint(const bench_shape& shape, checkpoint_codes codes,
                                                   const std::string& directory);

} // namespace troupe::bench
