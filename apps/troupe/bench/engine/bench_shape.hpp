// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf_blocks.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::bench {

/// A Llama of random weights, for measuring: its sizes, and a name to ask for it.
struct bench_shape {
  std::string_view name;
  std::uint32_t layers;
  std::uint32_t hidden;
  std::uint32_t heads;
  std::uint32_t kv_heads;
  std::uint32_t feed_forward;
  std::uint32_t vocab;
  std::uint32_t context_tokens_max;
};

/// Null where there is none of that name.
[[nodiscard]] const bench_shape* find_shape(std::string_view name);

/// The names, for messages.
[[nodiscard]] std::string shape_names();

/// "q4_k": of a type as in options and file names.
[[nodiscard]] std::string lower_name_of(engine::gguf_type type);

/// Writes `<directory>/<shape>-<type>.gguf`, every matrix of `type`, head tied, without a
/// tokenizer, unless a file of the right size is there. Returns its path.
/// Errors: io_failed. Cost: some GB/s.
/// Checked: test/unit/bench/bench_shape_test.cpp
[[nodiscard]] result<std::string> write_shape(const bench_shape& shape, engine::gguf_type type,
                                              const std::string& directory);

} // namespace troupe::bench
