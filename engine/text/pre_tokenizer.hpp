// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/metaspace.hpp"
#include "engine/text/pre_words.hpp"
#include "engine/text/split_rule.hpp"
#include "runtime/json/fields.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::text {

/// Cuts text into the words that the model stays within: tokenizer.json's `pre_tokenizer`.
/// Supported: null, Split (Regex, String; all behaviours, invert), Digits, Punctuation, Whitespace,
/// WhitespaceSplit, Metaspace, ByteLevel (as the last step) and Sequence of these. Everything else
/// is refused by name.
/// Thread: any.
/// Checked: test/unit/text/pre_tokenizer_test.cpp, tokenizer_parity_test.cpp
class pre_tokenizer {
public:
  /// Complains with `unsupported` or `model_invalid` and the path of the field.
  static pre_tokenizer parse(const json::value& from, const std::string& path,
                             json::complaints& wrong);

  /// Whether the words are bytes, to be looked up in the alphabet of ByteLevel.
  [[nodiscard]] bool is_byte_level() const { return is_byte_level_; }

  /// Fills `out` with the words of `text` in order; `at_start` says whether nothing was before it.
  /// Requires: valid UTF-8.
  /// Cost: linear for the patterns in use; a pattern that backtracks too long leaves the rest
  /// whole.
  void split(std::string_view text, bool at_start, pre_words& out) const;

private:
  struct prefix_space {};
  using step = std::variant<split_rule, metaspace, prefix_space>;

  void parse_step(const json::value& from, const std::string& path, json::complaints& wrong,
                  int depth);
  bool parse_fixed_rule(const std::string& type, const json::object_reader& in);
  void parse_split(const json::object_reader& in);
  void parse_byte_level(const json::object_reader& in);
  void add_rule(result<regex> pattern, split_behavior behavior, bool invert,
                const json::object_reader& in, std::string_view name);

  std::vector<step> steps_;
  bool is_byte_level_ = false;
};

} // namespace troupe::text
