// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/output_rules.hpp"
#include "runtime/json/fields.hpp"

#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace troupe::text {

/// What tokens are as text: tokenizer.json's `decoder`. Supported: ByteLevel alone, or Replace
/// (String), ByteFallback, Metaspace, Fuse and Strip, alone or in a Sequence, as far as each token
/// can be written without looking at its neighbours; everything else is refused by name.
/// Role: made while a tokenizer is read; it fills the vocabulary and is gone.
/// Checked: test/unit/text/token_decoder_test.cpp, tokenizer_parity_test.cpp
class token_decoder {
public:
  /// `from` is null where there is none. Complains with `unsupported` or `model_invalid`.
  static token_decoder parse(const json::value* from, bool is_byte_level, json::complaints& wrong);

  /// The bytes that the token written as `written` adds to the output.
  [[nodiscard]] std::string output_of(std::string_view written) const;
  /// The same for an added token: in a byte-level vocabulary those are written as they are.
  [[nodiscard]] std::string output_of_added(std::string_view content) const;

  [[nodiscard]] output_rules rules() const { return rules_; }

private:
  struct byte_fallback {};
  struct replace {
    std::string from;
    std::string to;
  };
  struct strip_each {
    std::string character;
    std::size_t start = 0;
    std::size_t stop = 0;
  };
  using step = std::variant<byte_fallback, replace, strip_each>;

  void parse_step(const json::value& from, const std::string& path, json::complaints& wrong,
                  int depth);
  void parse_steps(const std::string& type, const json::object_reader& in);
  void parse_replace(const json::object_reader& in);
  void parse_strip(const json::object_reader& in);

  std::vector<step> steps_;
  output_rules rules_;
  std::size_t growth_ = 1; ///< What one byte may become.
  bool is_byte_level_ = false;
  bool has_byte_level_step_ = false;
  bool is_fused_ = false; ///< What follows sees the whole text.
};

} // namespace troupe::text
