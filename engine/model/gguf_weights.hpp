// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf.hpp"
#include "engine/model/gguf_names.hpp"
#include "engine/model/safetensors.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::engine {

/// The tensors of a GGUF under Hugging Face's names, as a safetensors file would hold them: rows of
/// q and k in its order; F32, F16 and BF16 as they are, so are matrices of Q8_0 and Q4_0; other
/// blocks are widened to F32.
/// Role: one source of a checkpoint. Thread: any.
/// Errors: those of gguf_file, check_gguf_architecture and place_in_hf; model_invalid for a type
/// that is not read, a name taken twice, rows of q or k that are no whole heads.
/// Checked: test/unit/model/gguf_model_test.cpp
class gguf_weights {
public:
  [[nodiscard]] static result<gguf_weights> open(const std::string& path);

  [[nodiscard]] const gguf_file& file() const { return file_; }
  [[nodiscard]] bool has(std::string_view name) const { return places_.contains(name); }
  [[nodiscard]] std::vector<std::string_view> names() const;

  /// Null where there is none of that name. What had to be widened or reordered is memory that goes
  /// with the pointer; everything else lies in the mapping.
  /// Throws: std::bad_alloc. Cost: reads the tensor once where it has to be copied.
  [[nodiscard]] std::shared_ptr<const tensor_view> read(std::string_view name) const;

private:
  struct place {
    const gguf_tensor* tensor = nullptr;
    std::uint64_t head_dim = 0; ///< 0: rows are in order.
  };

  explicit gguf_weights(gguf_file file) : file_(std::move(file)) {}
  result<void> add(std::string_view architecture, const std::string& name,
                   const gguf_tensor& tensor);

  gguf_file file_;
  std::map<std::string, place, std::less<>> places_;
};

/// Whether a model's path is that of a GGUF rather than a directory.
[[nodiscard]] inline bool is_gguf_path(std::string_view path) {
  return path.ends_with(".gguf");
}

} // namespace troupe::engine
