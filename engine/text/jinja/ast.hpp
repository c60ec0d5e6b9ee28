// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/value.hpp"

#include <memory>
#include <string>
#include <vector>

namespace troupe::text::jinja {

struct expr;
using expr_ptr = std::unique_ptr<expr>;

/// An argument or a dict's entry; `name` is empty for positional ones.
struct argument {
  std::string name;
  expr_ptr item;
};

enum class expr_kind : std::uint8_t {
  literal,     ///< `constant`
  name,        ///< `text`
  list,        ///< kids
  tuple,       ///< kids
  dict,        ///< kids: key, item, key, item, ...
  attribute,   ///< kids[0].text
  item,        ///< kids[0][kids[1]]
  slice,       ///< kids[0][kids[1]:kids[2]:kids[3]], each but the first may be null
  call,        ///< kids[0](args)
  filter,      ///< kids[0] | text(args)
  test,        ///< kids[0] is text(args)
  negation,    ///< not kids[0]
  sign,        ///< text kids[0]
  binary,      ///< kids[0] text kids[1]
  comparison,  ///< kids[0] operators[0] kids[1] operators[1] kids[2] ...
  conjunction, ///< kids[0] and kids[1]
  disjunction, ///< kids[0] or kids[1]
  conditional  ///< kids[1] if kids[0] else kids[2], which may be null
};

struct expr {
  expr_kind kind = expr_kind::literal;
  int line = 1;
  int height = 1; ///< Of the tree; bounded by the parser.
  std::string text;
  value constant = undefined{};
  std::vector<expr_ptr> kids;
  std::vector<argument> args;
  std::vector<std::string> operators;
};

struct stmt;
using body = std::vector<std::unique_ptr<stmt>>;

struct branch {
  expr_ptr condition; ///< Null for else.
  body inside;
};

struct macro_node {
  std::string name;
  std::vector<argument> parameters; ///< `item`: the default, may be null.
  body inside;
};

enum class stmt_kind : std::uint8_t {
  data,         ///< text
  print,        ///< subject
  branches,     ///< if, elif, else
  loop,         ///< for target in subject if filter: inside, else: otherwise
  set,          ///< target = subject
  set_block,    ///< target = inside, through subject (a filter over a placeholder) if not null
  filter_block, ///< inside, through subject
  macro,
  scope, ///< with: parameters, then inside; transparent where there are none
  break_loop,
  continue_loop
};

struct stmt {
  stmt_kind kind = stmt_kind::data;
  int line = 1;
  std::string text;
  expr_ptr target;
  expr_ptr subject;
  expr_ptr filter;
  std::vector<branch> branches;
  std::vector<argument> parameters;
  body inside;
  body otherwise;
  std::unique_ptr<macro_node> macro;
};

} // namespace troupe::text::jinja
