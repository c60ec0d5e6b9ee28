// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/pre_words.hpp"
#include "runtime/json/fields.hpp"

#include <cstdint>
#include <string>

namespace troupe::text {

enum class prepend_scheme : std::uint8_t { always, first, never };

/// What the pre-tokenizer and the decoder of type Metaspace have in common: blanks written as a
/// visible character, U+2581 as a rule.
/// Checked: test/unit/text/pre_tokenizer_test.cpp
struct metaspace {
  std::string replacement;
  prepend_scheme scheme = prepend_scheme::always;
  bool split = true;

  /// Also from files of before `prepend_scheme`, which say `add_prefix_space`.
  static metaspace parse(const json::object_reader& in);

  /// Rewrites every word and cuts it before each replaced blank.
  void apply(pre_words& in) const;
};

/// Appends `text` with every `from` replaced by `to`. Requires: `from` is not empty.
void append_replaced(std::string_view text, std::string_view from, std::string_view to,
                     std::string& out);

} // namespace troupe::text
