// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/json/fields.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

namespace troupe::text {

struct match_range {
  std::size_t begin = 0;
  std::size_t end = 0; ///< Exclusive, in bytes.
};

/// A compiled Unicode regular expression.
/// Thread: any; matching keeps its scratch memory per thread.
/// Checked: test/unit/text/pre_tokenizer_test.cpp
class regex {
public:
  /// In Perl's dialect. Errors: malformed, with the offset and reason.
  [[nodiscard]] static result<regex> compile(std::string_view pattern);
  /// In the dialect of tokenizer.json, that of Oniguruma: \s, \w and \h are translated, ^ and $
  /// stand at every line. Errors: malformed; unsupported for what Perl's dialect would silently
  /// read otherwise (sets inside sets, && in sets, {n,m}+).
  [[nodiscard]] static result<regex> from_oniguruma(std::string_view pattern);
  /// A pattern that matches exactly `text`.
  [[nodiscard]] static result<regex> literal(std::string_view text);

  /// What the field `pattern` of a step describes: {"String": ...} or {"Regex": ...}. None, with a
  /// complaint, where it is neither.
  [[nodiscard]] static std::optional<regex> of_pattern_field(const json::object_reader& in);

  /// The calling thread goes on to another text, which may again have some hard searches.
  static void begin_text();

  /// The first match at or after `from` that is not empty; none also where the search would cost
  /// more than a fixed number of steps (a pattern that backtracks without end): 1,000,000, and
  /// 2,000 once a text had 500 searches that took more.
  /// Requires: `subject` is valid UTF-8 and `from` lies between characters.
  [[nodiscard]] std::optional<match_range> find(std::string_view subject, std::size_t from) const;

private:
  struct code_deleter {
    void operator()(void* code) const;
  };

  static result<regex> make(std::string_view pattern, unsigned options);

  std::unique_ptr<void, code_deleter> code_;
};

} // namespace troupe::text
