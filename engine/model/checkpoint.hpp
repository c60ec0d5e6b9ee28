// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf_weights.hpp"
#include "engine/model/quantized_weights.hpp"
#include "engine/model/safetensors.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// The weights of a model directory: model.safetensors, or the shards that
/// model.safetensors.index.json names; or those of a GGUF file, under the names and in the order of
/// rows that a safetensors file would have. What config.json says is quantized is found under the
/// names it would have otherwise, as codes (tensor_view::quantized).
/// Role: lives while weights are loaded. Errors: model_invalid, io_failed.
/// Checked: test/unit/model/native_executor_test.cpp, gguf_model_test.cpp
class checkpoint {
public:
  /// `path`: a directory, or a file that ends in .gguf.
  [[nodiscard]] static result<checkpoint> open(const std::string& path);

  struct place {
    std::shared_ptr<const tensor_view> tensor; ///< Of memory of its own where it was widened.
    const std::string* file = nullptr;
  };

  /// Null tensor where no file holds the name. Cost: a GGUF's tensor may be read and widened.
  [[nodiscard]] place find(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;

  struct part {
    std::string path;
    bytes_view bytes;
    std::vector<std::string_view> tensors; ///< Names, ascending; without idle biases.
    file_identity identity;
  };

  /// The weight files in the order of their names.
  [[nodiscard]] std::vector<part> parts() const;

  /// The file that would hold a tensor that is missing, for messages.
  [[nodiscard]] const std::string& main_file() const { return main_file_; }

private:
  [[nodiscard]] static result<checkpoint> open_files(const std::string& path);

  std::string main_file_;
  std::vector<safetensors_file> files_;
  quantized_weights quantized_;
  std::optional<gguf_weights> gguf_;
};

/// Shards of one checkpoint that are opened; more are refused.
inline constexpr std::size_t checkpoint_files_max = 1024;

} // namespace troupe::engine
