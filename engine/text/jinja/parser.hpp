// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/ast.hpp"
#include "engine/text/jinja/token_stream.hpp"

namespace troupe::text::jinja {

constexpr int nesting_max = 200; ///< Of brackets and of a tree; statements: a quarter.

/// Expressions by precedence climbing, as Jinja binds them.
/// Checked: test/unit/text/template_golden_test.cpp
class expression_parser {
public:
  explicit expression_parser(token_stream& tokens) : tokens_(tokens) {}

  /// Null only after a failure of the tokens.
  expr_ptr expression(bool with_conditional = true);
  /// "a, b" is a tuple, without brackets.
  expr_ptr tuple_or_expression(bool with_conditional = true);
  /// Names, attributes of names and tuples of them.
  expr_ptr target(bool with_attributes);
  /// "(a, b=1)", after the bracket was seen.
  std::vector<argument> arguments();
  /// Filters after `subject`; with `bare`, the first one's '|' is left out ({% filter x %}).
  expr_ptr filters(expr_ptr subject, bool bare);

private:
  expr_ptr climb(int level);
  expr_ptr negation();
  expr_ptr comparison();
  expr_ptr arithmetic(int level);
  expr_ptr power();
  expr_ptr unary(bool with_filters);
  expr_ptr primary();
  expr_ptr name_or_constant();
  expr_ptr bracketed();
  expr_ptr list();
  expr_ptr dict();
  expr_ptr string();
  expr_ptr postfix(expr_ptr subject);
  expr_ptr subscript(expr_ptr subject);
  expr_ptr filters_and_tests(expr_ptr subject);
  expr_ptr test(expr_ptr subject);
  expr_ptr make(expr_kind kind, std::string text = {});
  expr_ptr parent(expr_kind kind, std::string text, std::vector<expr_ptr> kids);
  expr_ptr finished(expr_ptr made);

  token_stream& tokens_;
  int depth_ = 0;
};

/// Errors: template_failed, naming the line; unsupported tags, filters and tests by name.
/// Cost: linear; the depth of recursion is bounded.
[[nodiscard]] result<body> parse_template(std::string_view source);

} // namespace troupe::text::jinja
