// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/quantized_config.hpp"
#include "engine/model/quantized_matrix.hpp"
#include "engine/model/safetensors.hpp"

#include <initializer_list>
#include <map>
#include <span>
#include <string>
#include <string_view>

namespace troupe::engine {

/// A tensor as a file has it.
struct stored_tensor {
  const tensor_view* tensor = nullptr;
  const std::string* file = nullptr;
};

/// What belongs together in a checkpoint's tensors, found and checked for quantized_weights.
/// Role: lives while an index is made. Errors: as of quantized_weights.
/// Checked: test/unit/model/quantized_weights_test.cpp
class quantized_parts {
public:
  quantized_parts(const quantization& how, std::span<const safetensors_file> files);

  [[nodiscard]] const std::map<std::string_view, stored_tensor>& tensors() const { return all_; }

  /// Whether there is a tensor of that name, all of zeros.
  [[nodiscard]] bool has_zeros(const std::string& name) const;

  /// `module`.weight in bytes with `module`.weight_scale or .weight_scale_inv.
  [[nodiscard]] result<quantized_matrix> read_bytes(const std::string& module) const;
  /// `name` and its scales: [outputs, inputs / 2], or in blocks of 16 bytes with experts first.
  [[nodiscard]] result<quantized_matrix> read_mxfp4(const std::string& name,
                                                    const std::string& scales) const;
  /// `module`.qweight with qzeros and scales.
  [[nodiscard]] result<quantized_matrix> read_awq(const std::string& module) const;
  /// And g_idx.
  [[nodiscard]] result<quantized_matrix> read_gptq(const std::string& module) const;

private:
  /// One that has to be there in one of these types.
  [[nodiscard]] result<stored_tensor> need(const std::string& name, const std::string& user,
                                           std::initializer_list<std::string_view> types) const;
  [[nodiscard]] result<void> set_scales(quantized_matrix& to, const std::string& name,
                                        const std::string& user,
                                        std::span<const std::vector<std::uint64_t>> shapes) const;
  [[nodiscard]] result<void> set_grain(quantized_matrix& to, const std::string& scales,
                                       const std::string& user) const;
  [[nodiscard]] result<void> set_groups(quantized_matrix& to, const std::string& module) const;
  [[nodiscard]] result<void> set_order(quantized_matrix& to, const std::string& module) const;

  const quantization& how_;
  std::map<std::string_view, stored_tensor> all_;
};

} // namespace troupe::engine
