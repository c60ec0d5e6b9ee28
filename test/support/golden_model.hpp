// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "messages/vocab/tokens.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// The tiny random models of test/goldens/models and what transformers answered on them; made by
/// scripts/golden_models.
namespace troupe::test {

struct golden_tensor {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::int32_t center = 0; ///< In 1024ths, as is spread.
  std::int32_t spread = 0;
};

struct golden_value {
  std::string tensor;
  std::uint64_t index = 0;
  float value = 0;
};

struct golden_model {
  std::string family;
  std::uint64_t seed = 0;
  double fp32_limit = 0; ///< Of the relative L2 distance of a row of logits.
  double bf16_limit = 0;
  json::value config;
  std::vector<golden_tensor> tensors;
  std::vector<golden_value> known; ///< Elements as the script computed them.
  token_list prompt;
  token_list greedy;
  std::vector<double> gaps;             ///< Between the best two logits of each greedy step.
  std::vector<std::size_t> positions;   ///< Ascending, of prompt and greedy tokens together.
  std::vector<std::vector<float>> fp32; ///< [positions][vocab]
  std::vector<std::vector<float>> bf16; ///< Computed in bf16; [positions][vocab]
};

/// Names of all golden files, sorted, without their ending.
[[nodiscard]] std::vector<std::string> golden_names();

/// Requires: the file exists and is whole (checked).
[[nodiscard]] golden_model read_golden(const std::string& name);

/// Little-endian floats of `width` bytes in base64: 4, or 2 for the upper halves.
[[nodiscard]] std::vector<float> floats_of(std::string_view text, std::size_t width);

/// config.json and model.safetensors of `type`: "F32" or "BF16", the same weights, exactly; "F16",
/// whose smallest weights are cut off.
void write_golden(const std::string& directory, const golden_model& of, const std::string& type);

} // namespace troupe::test
