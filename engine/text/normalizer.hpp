// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/charsmap.hpp"
#include "engine/text/regex.hpp"
#include "engine/text/unicode_form.hpp"
#include "runtime/json/fields.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::text {

/// Rewrites text before it is cut: tokenizer.json's `normalizer`. Supported: null, NFC, NFD, NFKC,
/// NFKD, Lowercase, Strip, Prepend, Replace (String, Regex), Precompiled and Sequence of these;
/// everything else is refused by name.
/// Thread: any.
/// Checked: test/unit/text/normalizer_test.cpp, tokenizer_parity_test.cpp
class normalizer {
public:
  /// Complains with `unsupported` or `model_invalid` and the path of the field.
  static normalizer parse(const json::value& from, const std::string& path,
                          json::complaints& wrong);

  /// The normalised text: `text` itself where nothing changes, else kept in `storage`.
  /// Requires: valid UTF-8. Cost: none for ASCII in the Unicode forms, else one pass per step; at
  /// most 4096 bytes out per byte in.
  [[nodiscard]] std::string_view apply(std::string_view text, std::string& storage) const;

private:
  struct lowercase {};
  struct strip_ends {
    bool left = true;
    bool right = true;
  };
  struct prepend {
    std::string text;
  };
  struct replace_text {
    std::string text;
    std::string content;
  };
  struct replace {
    regex pattern;
    std::string content;
  };
  using step =
      std::variant<unicode_form, lowercase, strip_ends, prepend, replace_text, replace, charsmap>;

  void parse_step(const json::value& from, const std::string& path, json::complaints& wrong,
                  int depth);
  void parse_sequence(const json::object_reader& in, int depth);
  void parse_replace(const json::object_reader& in);
  void parse_precompiled(const json::object_reader& in);
  void add_text_step(const json::object_reader& in, std::string_view name,
                     std::size_t content_bytes);

  static std::string_view run(const step& with, std::string_view text, std::string& storage);

  std::vector<step> steps_;
  std::size_t growth_ = 1; ///< What one byte may become.
};

} // namespace troupe::text
