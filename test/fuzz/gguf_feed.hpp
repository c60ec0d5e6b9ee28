// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstddef>

namespace troupe::test {

struct gguf_outcome {
  bool is_file = false;    ///< The bytes are a GGUF.
  bool has_config = false; ///< Its metadata gives a config.
  bool has_text = false;   ///< Its metadata gives a tokenizer.json.
  std::size_t tensors = 0; ///< Those read, widened and put in order.
};

/// All that is made of a file's bytes before a model is served: header, config, tokenizer, tensors.
/// Checked: test/fuzz/gguf_feed_test.cpp, test/fuzz/fuzz_gguf.cpp
[[nodiscard]] gguf_outcome feed_gguf(bytes_view file);

} // namespace troupe::test
