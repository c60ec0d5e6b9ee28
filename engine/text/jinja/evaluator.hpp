// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/arguments.hpp"
#include "engine/text/jinja/ast.hpp"
#include "engine/text/jinja/scopes.hpp"

#include <string>

namespace troupe::text::jinja {

/// Walks a parsed template. One per rendering; the tree is shared and not changed.
/// Errors: kept in the context.
class evaluator {
public:
  explicit evaluator(context& run) : run_(run) {}

  scopes& names() { return names_; }
  /// Appends what the statements print.
  void execute(const body& statements, std::string& out);

private:
  enum class flow : std::uint8_t { normal, break_loop, continue_loop };

  void execute(const stmt& one, std::string& out);
  void execute_branches(const stmt& one, std::string& out);
  void execute_loop(const stmt& one, std::string& out);
  std::vector<value> loop_items(const stmt& one);
  void execute_set_block(const stmt& one);
  void execute_filter_block(const stmt& one, std::string& out);
  void execute_scope(const stmt& one, std::string& out);
  void assign(const expr& target, const value& item);
  void append(std::string& out, const value& item);

  value evaluate(const expr& from);
  value evaluate_name(const expr& from);
  value evaluate_container(const expr& from);
  value evaluate_attribute(const expr& from);
  value evaluate_comparison(const expr& from);
  value evaluate_call(const expr& from);
  value evaluate_slice(const expr& from);
  value evaluate_conditional(const expr& from);
  /// `subject` in place of the filter chain's innermost input.
  value evaluate_filters(const expr& chain, const value& subject);
  call_arguments evaluate_arguments(const std::vector<argument>& args);
  value call(const callable& what, const call_arguments& with);
  value call_macro(const macro_node& macro, const call_arguments& with);

  context& run_;
  scopes names_;
  flow flow_ = flow::normal;
};

} // namespace troupe::text::jinja
