// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/error.hpp"

#include <cstddef>
#include <optional>

namespace troupe::test {

struct tokenizer_outcome {
  std::optional<error> why; ///< Why the files are no tokenizer.
  std::size_t tokens = 0;   ///< Of the texts that an accepted one encodes.
};

/// A tokenizer read, then used: `input` is tokenizer.json and, behind a NUL, tokenizer_config.json.
/// An accepted one encodes and decodes texts of many scripts, blanks and broken UTF-8.
/// Requires of the readers, checked: an error names its file; every token has an id below the
/// vocabulary's size; what is decoded is UTF-8.
/// Checked: test/fuzz/tokenizer_feed_test.cpp, test/fuzz/fuzz_tokenizer.cpp
[[nodiscard]] tokenizer_outcome feed_tokenizer(bytes_view input);

} // namespace troupe::test
