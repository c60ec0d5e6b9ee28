// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/safetensors.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// The weights of a model directory: model.safetensors, or the shards that
/// model.safetensors.index.json names.
/// Role: lives while weights are loaded. Errors: model_invalid, io_failed.
/// Checked: test/unit/model/native_executor_test.cpp
class checkpoint {
public:
  [[nodiscard]] static result<checkpoint> open(const std::string& directory);

  struct place {
    const tensor_view* tensor = nullptr;
    const std::string* file = nullptr;
  };

  /// Null tensor where no file holds the name.
  [[nodiscard]] place find(std::string_view name) const;

  /// In the order of their names.
  [[nodiscard]] const std::vector<safetensors_file>& files() const { return files_; }

  /// The file that would hold a tensor that is missing, for messages.
  [[nodiscard]] const std::string& main_file() const { return main_file_; }

private:
  std::string main_file_;
  std::vector<safetensors_file> files_;
};

/// Shards of one checkpoint that are opened; more are refused.
inline constexpr std::size_t checkpoint_files_max = 1024;

} // namespace troupe::engine
