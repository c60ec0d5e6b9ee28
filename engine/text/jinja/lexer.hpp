// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text::jinja {

enum class token_kind : std::uint8_t {
  data,        ///< Text between tags, as it is printed.
  print_begin, ///< {{
  print_end,   ///< }}
  block_begin, ///< {%
  block_end,   ///< %}
  name,
  string, ///< `text` without quotes and escapes.
  integer,
  number,
  op, ///< An operator or bracket.
  end
};

struct token {
  token_kind kind = token_kind::end;
  std::string text;
  int line = 1;
};

/// Cuts a template into tokens, with the settings of chat templates: the newline after a block is
/// dropped (trim_blocks), blanks before a block on its line as well (lstrip_blocks), `-` drops all
/// blanks on its side, `+` none; one newline at the end of the file is dropped.
/// Errors: template_failed, naming the line.
/// Checked: test/unit/text/template_golden_test.cpp (against Jinja2)
[[nodiscard]] result<std::vector<token>> lex(std::string_view source);

/// "line 3 of the chat template ...": every error of a template looks like this.
[[nodiscard]] error template_error(int line, const std::string& what);

} // namespace troupe::text::jinja
