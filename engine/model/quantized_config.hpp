// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/quantized_matrix.hpp"
#include "runtime/base/result.hpp"
#include "runtime/json/value.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// What shares a scale. One or each row, where a config leaves that to the scales' shape.
enum class scale_grain : std::uint8_t { matrix, row, matrix_or_row, block, group };

/// What config.json says in quantization_config.
struct quantization {
  code_format codes = code_format::fp8_e4m3;
  scale_grain grain = scale_grain::matrix_or_row;
  std::uint64_t block_rows = 1;     ///< Of grain block.
  std::uint64_t block_cols = 1;     ///< Of grain block, and the columns of a group; 0: all.
  std::uint32_t zero_offset = 0;    ///< As in quantized_matrix.
  bool has_shuffled_groups = false; ///< GPTQ's desc_act: the groups' order is stored.
  bool is_compressed_tensors = false;
  std::vector<std::string> plain_modules; ///< Stored as they are; without patterns.

  /// By a whole name, or some parts of one at its start or end.
  [[nodiscard]] bool is_plain(std::string_view module) const;
};

/// Reads quantization_config at the top of config.json or in text_config; nothing where there is
/// none. Patterns ("re:...") among the modules that are stored plain are passed over: what is
/// stored plain is read so without them.
/// Errors: model_invalid, with the field in `field`: a method, format or value that is not read,
/// by its name. `path` is for messages. Source: the configurations of transformers 5.12 and
/// compressed-tensors. Checked: test/unit/model/quantized_config_test.cpp
[[nodiscard]] result<std::optional<quantization>> read_quantization(const json::value& config,
                                                                    const std::string& path);

/// The remedy where a way of quantization is not read.
inline constexpr std::string_view other_quantization =
    "use a checkpoint in bf16, f16 or f32, or one quantized as fp8-e4m3, int8 "
    "(compressed-tensors), "
    "AWQ, GPTQ of 4 bits, or mxfp4";

} // namespace troupe::engine
