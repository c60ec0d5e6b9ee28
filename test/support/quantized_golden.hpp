// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"
#include "runtime/json/value.hpp"
#include "test/support/model_files.hpp"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

/// The tiny quantized models of test/goldens/quantized and what others read in them; made by
/// scripts/golden_quantized.py.
namespace troupe::test {

struct quantized_golden {
  struct matrix {
    std::string name;
    std::uint64_t sum = 0; ///< As of sum_of its numbers in fp32, outputs first.
  };

  json::value config;
  tensor_sources tensors;
  std::vector<matrix> matrices; ///< All that are stored in codes.
  token_list prompt;
  std::vector<std::size_t> positions;     ///< Of the prompt, ascending.
  std::vector<std::vector<float>> logits; ///< [positions][vocab]
};

/// Names of all golden files, sorted, without their ending.
[[nodiscard]] std::vector<std::string> quantized_golden_names();

/// Requires: the file exists and is whole (checked).
[[nodiscard]] quantized_golden read_quantized_golden(const std::string& name);

/// config.json and model.safetensors.
void write_model(const std::string& directory, const quantized_golden& of);

/// Over the bits of number i times 2 * i + 1, modulo 2^64; `first` is the i of the first one.
[[nodiscard]] std::uint64_t sum_of(std::span<const float> numbers, std::uint64_t first = 0);

} // namespace troupe::test
