// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"
#include "runtime/process/child_processes.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace troupe::bench {

/// Tokens per second by figure: prefill_512, decode_128, decode_batch_8, decode_batch_32.
using rates = std::map<std::string, double>;

/// What llama-bench and llama-batched-bench print, as figures.
/// Errors: malformed, where that is not what they print.
/// Checked: test/unit/bench/llama_peer_test.cpp
[[nodiscard]] result<rates> read_llama_bench(std::string_view text);
[[nodiscard]] result<rates> read_batched_bench(std::string_view text);

/// llama.cpp's own measuring programs: `llama-bench` at `path` and, beside it, llama-batched-bench.
class llama_peer {
public:
  llama_peer(std::string path, std::map<std::string, std::string> environment)
      : path_(std::move(path)), environment_(std::move(environment)) {}

  /// One round on the file's weights, which it loads anew.
  /// Errors: io_failed with what the program said.
  [[nodiscard]] result<rates> run(const std::string& file, std::uint32_t threads);

private:
  result<std::string> output_of(std::vector<std::string> argv);

  std::string path_;
  std::map<std::string, std::string> environment_;
  process::child_processes children_;
};

} // namespace troupe::bench
