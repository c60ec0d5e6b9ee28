// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/error.hpp"

#include <optional>

namespace troupe::test {

struct model_outcome {
  bool is_safetensors = false; ///< The last part is a whole safetensors file.
  bool is_loaded = false;      ///< The directory is a model, and computed a token.
  std::optional<error> why;    ///< Why it is not.
};

/// All that is made of a model directory's bytes before it is served. `input` is three texts with a
/// NUL between them: config.json, model.safetensors.index.json, and the weights, which become
/// model.safetensors, or, where there is an index, a.safetensors.
/// Requires of the readers, checked: an error names a file of the directory, and a field.
/// Checked: test/fuzz/model_feed_test.cpp, test/fuzz/fuzz_safetensors.cpp
[[nodiscard]] model_outcome feed_model(bytes_view input);

} // namespace troupe::test
