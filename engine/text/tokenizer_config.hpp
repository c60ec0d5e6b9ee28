// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/fields.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text {

struct named_template {
  std::string name; ///< "default" where the file has only one.
  std::string source;
};

/// What is used of tokenizer_config.json.
struct tokenizer_config {
  std::string bos_token; ///< Texts; empty where there is none.
  std::string eos_token;
  std::string pad_token;
  std::string unk_token;
  std::vector<named_template> chat_templates;

  /// The template called `name`, else the one called "default", else null.
  [[nodiscard]] const named_template* find_template(std::string_view name = "default") const;
};

/// Reads the file's text; an empty text is a file without fields.
/// Errors: model_invalid, naming the field.
/// Checked: test/unit/text/tokenizer_test.cpp
[[nodiscard]] result<tokenizer_config> parse_tokenizer_config(std::string_view text);

} // namespace troupe::text
