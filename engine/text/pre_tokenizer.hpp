// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/regex.hpp"
#include "runtime/json/fields.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

enum class split_behavior : std::uint8_t {
  removed,
  isolated,
  merged_with_previous,
  merged_with_next,
  contiguous
};

/// Cuts text into the words that the merges stay within: tokenizer.json's `pre_tokenizer`.
/// Supported: Split (Regex, String; all behaviours, invert), Digits, ByteLevel (as the last step)
/// and Sequence of these. Everything else is refused by name.
/// Thread: any.
/// Checked: test/unit/text/pre_tokenizer_test.cpp
class pre_tokenizer {
public:
  /// Complains with `unsupported` or `model_invalid` and the path of the field.
  static pre_tokenizer parse(const json::value& from, const std::string& path,
                             json::complaints& wrong);

  /// The words of `text` in order. They view `text`, or `storage` where a blank had to be put in
  /// front. Requires: valid UTF-8.
  /// Cost: linear for the patterns in use; a pattern that backtracks too long leaves the rest
  /// whole.
  void split(std::string_view text, std::string& storage,
             std::vector<std::string_view>& words) const;

private:
  struct rule {
    regex pattern;
    split_behavior behavior = split_behavior::isolated;
    bool invert = false;
  };

  void parse_step(const json::value& from, const std::string& path, json::complaints& wrong,
                  int depth);
  void parse_split(const json::object_reader& in);
  void parse_byte_level(const json::object_reader& in);
  void add_rule(result<regex> pattern, split_behavior behavior, bool invert,
                const json::object_reader& in, std::string_view name);
  static void apply(const rule& with, std::string_view word, std::vector<std::string_view>& out);

  std::vector<rule> rules_;
  bool prefix_space_ = false;
  bool has_byte_level_ = false;
};

} // namespace troupe::text
