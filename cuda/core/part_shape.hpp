// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "cuda/abi.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>

/// How large the parts of a model are on their way to a device. Host logic.
/// Checked: test/unit/cuda/part_shape_test.cpp, test/gpu/model_loading_test.cpp
namespace troupe::cuda {

/// Matrices of one shape, one after the other; or numbers, with a single input.
struct part_shape {
  std::size_t count = 0;
  std::size_t outputs = 0;
  std::size_t inputs = 0;
  bool has_numbers = false; ///< fp32, whatever the type.
};

/// Of a rank's model; everything is 0 where it has no such part. Of the model's own parts `layer`
/// says nothing.
[[nodiscard]] part_shape shape_of(part what, const model_facts& model, const layer_facts& layer);

/// Bytes of the part in this type; nothing: it cannot be of it.
[[nodiscard]] std::optional<std::size_t> bytes_of(part what, const part_shape& shape,
                                                  engine::ops::dtype type);

} // namespace troupe::cuda
