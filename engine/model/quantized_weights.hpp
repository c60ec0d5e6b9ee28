// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/quantized_config.hpp"
#include "engine/model/quantized_matrix.hpp"
#include "engine/model/safetensors.hpp"

#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace troupe::engine {

/// The matrices of safetensors files that are stored in codes, under the names and with the shapes
/// they would have without: a module's weight [outputs, inputs]; of stacked experts (X_blocks of
/// mxfp4) X as [experts, outputs, inputs], which is quantized_matrix with the rows of all experts
/// one after the other.
/// Role: one source of a checkpoint, which keeps the files. Thread: any.
/// Errors: model_invalid with the file in the text and the tensor in `field`: scales, zeros or
/// order of groups that are missing, of another dtype or shape than codes and config ask for,
/// groups that do not divide a row, an order beyond the groups, codes of a module that the config
/// lists as plain. Nothing is allocated but names.
/// Checked: test/unit/model/quantized_weights_test.cpp, test/conformance/model/quantized_test.cpp
class quantized_weights {
public:
  [[nodiscard]] static result<quantized_weights> open(const quantization& how,
                                                      std::span<const safetensors_file> files);

  struct entry {
    tensor_view tensor; ///< type F32, or BF16 where that is exact; no data; points to `codes`.
    quantized_matrix codes;
    const std::string* file = nullptr;
  };

  /// A bias of zeros that belongs to codes: AutoGPTQ stored one for every module.
  [[nodiscard]] bool is_idle(std::string_view name) const { return idle_.contains(name); }

  /// Null where no matrix of that name is in codes.
  [[nodiscard]] const entry* find(std::string_view name) const;
  [[nodiscard]] const std::map<std::string, entry, std::less<>>& entries() const {
    return entries_;
  }

private:
  std::map<std::string, entry, std::less<>> entries_;
  std::set<std::string, std::less<>> idle_;
};

} // namespace troupe::engine
