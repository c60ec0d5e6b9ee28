// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/parser.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>

namespace troupe::text::jinja {

namespace {

/// The binary operators by level, loosest first; above them stand and, or, not and comparisons.
constexpr std::array<std::array<std::string_view, 4>, 3> arithmetic_levels{
    {{"+", "-"}, {"~"}, {"*", "/", "//", "%"}}};

constexpr int or_level = 0;
constexpr int and_level = 1;

} // namespace

expr_ptr expression_parser::make(expr_kind kind, std::string text) {
  auto out = std::make_unique<expr>();
  out->kind = kind;
  out->line = tokens_.peek().line;
  out->text = std::move(text);
  return out;
}

expr_ptr expression_parser::parent(expr_kind kind, std::string text, std::vector<expr_ptr> kids) {
  auto out = make(kind, std::move(text));
  out->kids = std::move(kids);
  if (!out->kids.empty() && out->kids[0]) {
    out->line = out->kids[0]->line;
  }
  return finished(std::move(out));
}

/// Left-associative chains grow without recursion, so the tree's height is bounded here.
expr_ptr expression_parser::finished(expr_ptr made) {
  for (const auto& kid : made->kids) {
    made->height = kid ? std::max(made->height, kid->height + 1) : made->height;
  }
  for (const auto& one : made->args) {
    made->height = one.item ? std::max(made->height, one.item->height + 1) : made->height;
  }
  if (made->height > nesting_max) {
    tokens_.fail("nests expressions too deeply; split them by set");
    return make(expr_kind::literal);
  }
  return made;
}

expr_ptr expression_parser::expression(bool with_conditional) {
  if (++depth_ > nesting_max) {
    tokens_.fail("nests expressions too deeply; split them by set");
  }
  auto out = climb(or_level);
  while (with_conditional && tokens_.skip_name("if")) {
    std::vector<expr_ptr> kids;
    kids.push_back(climb(or_level));
    kids.push_back(std::move(out));
    kids.push_back(tokens_.skip_name("else") ? expression() : nullptr);
    out = parent(expr_kind::conditional, {}, std::move(kids));
  }
  --depth_;
  return out;
}

expr_ptr expression_parser::tuple_or_expression(bool with_conditional) {
  auto first = expression(with_conditional);
  if (!tokens_.sees_op(",")) {
    return first;
  }
  std::vector<expr_ptr> kids;
  kids.push_back(std::move(first));
  while (tokens_.skip_op(",")) {
    const auto kind = tokens_.peek().kind;
    if (kind == token_kind::print_end || kind == token_kind::block_end || tokens_.sees_op(")")
        || kind == token_kind::end || tokens_.sees_op("=")) {
      break;
    }
    kids.push_back(expression(with_conditional));
  }
  return parent(expr_kind::tuple, {}, std::move(kids));
}

expr_ptr expression_parser::target(bool with_attributes) {
  if (++depth_ > nesting_max) {
    tokens_.fail("nests targets too deeply; use names");
  }
  std::vector<expr_ptr> kids;
  do {
    if (!kids.empty() && !tokens_.sees(token_kind::name) && !tokens_.sees_op("(")) {
      break;
    }
    if (tokens_.skip_op("(")) {
      kids.push_back(target(false));
      tokens_.expect_op(")");
      continue;
    }
    auto name = make(expr_kind::name);
    name->text = tokens_.expect_name();
    if (with_attributes && tokens_.skip_op(".")) {
      auto attribute = tokens_.expect_name();
      std::vector<expr_ptr> object;
      object.push_back(std::move(name));
      name = parent(expr_kind::attribute, std::move(attribute), std::move(object));
    }
    kids.push_back(std::move(name));
  } while (tokens_.skip_op(","));
  --depth_;
  return kids.size() == 1 ? std::move(kids[0]) : parent(expr_kind::tuple, {}, std::move(kids));
}

expr_ptr expression_parser::climb(int level) {
  if (level > and_level) {
    return negation();
  }
  const auto* word = level == or_level ? "or" : "and";
  auto out = climb(level + 1);
  while (tokens_.skip_name(word)) {
    std::vector<expr_ptr> kids;
    kids.push_back(std::move(out));
    kids.push_back(climb(level + 1));
    out = parent(level == or_level ? expr_kind::disjunction : expr_kind::conjunction, {},
                 std::move(kids));
  }
  return out;
}

expr_ptr expression_parser::negation() {
  if (!tokens_.skip_name("not")) {
    return comparison();
  }
  if (++depth_ > nesting_max) {
    tokens_.fail("nests expressions too deeply; split them by set");
  }
  std::vector<expr_ptr> kids;
  kids.push_back(negation());
  --depth_;
  return parent(expr_kind::negation, {}, std::move(kids));
}

expr_ptr expression_parser::comparison() {
  constexpr std::array<std::string_view, 6> symbols{"==", "!=", "<", "<=", ">", ">="};
  std::vector<expr_ptr> kids;
  std::vector<std::string> operators;
  kids.push_back(arithmetic(0));
  for (;;) {
    if (tokens_.sees(token_kind::op)
        && std::ranges::find(symbols, tokens_.peek().text) != symbols.end()) {
      operators.push_back(tokens_.next().text);
    } else if (tokens_.skip_name("in")) {
      operators.emplace_back("in");
    } else if (tokens_.sees_name("not") && tokens_.peek(1).kind == token_kind::name
               && tokens_.peek(1).text == "in") {
      tokens_.next();
      tokens_.next();
      operators.emplace_back("not in");
    } else {
      break;
    }
    kids.push_back(arithmetic(0));
  }
  if (operators.empty()) {
    return std::move(kids[0]);
  }
  auto out = parent(expr_kind::comparison, {}, std::move(kids));
  out->operators = std::move(operators);
  return out;
}

expr_ptr expression_parser::arithmetic(int level) {
  if (level == static_cast<int>(arithmetic_levels.size())) {
    return power();
  }
  const auto& symbols = arithmetic_levels.at(static_cast<std::size_t>(level));
  auto out = arithmetic(level + 1);
  while (tokens_.sees(token_kind::op)
         && std::ranges::find(symbols, tokens_.peek().text) != symbols.end()) {
    auto symbol = tokens_.next().text;
    std::vector<expr_ptr> kids;
    kids.push_back(std::move(out));
    kids.push_back(arithmetic(level + 1));
    out = parent(expr_kind::binary, std::move(symbol), std::move(kids));
  }
  return out;
}

expr_ptr expression_parser::power() {
  auto out = unary(true);
  while (tokens_.skip_op("**")) {
    std::vector<expr_ptr> kids;
    kids.push_back(std::move(out));
    kids.push_back(unary(true));
    out = parent(expr_kind::binary, "**", std::move(kids));
  }
  return out;
}

expr_ptr expression_parser::unary(bool with_filters) {
  expr_ptr out;
  if (tokens_.sees_op("-") || tokens_.sees_op("+")) {
    auto symbol = tokens_.next().text;
    if (++depth_ > nesting_max) {
      tokens_.fail("nests expressions too deeply; split them by set");
    }
    std::vector<expr_ptr> kids;
    kids.push_back(unary(false));
    --depth_;
    out = parent(expr_kind::sign, std::move(symbol), std::move(kids));
  } else {
    out = primary();
  }
  out = postfix(std::move(out));
  return with_filters ? filters_and_tests(std::move(out)) : std::move(out);
}

expr_ptr expression_parser::primary() {
  switch (tokens_.peek().kind) {
    case token_kind::name:
      return name_or_constant();
    case token_kind::string:
      return string();
    case token_kind::integer: {
      auto out = make(expr_kind::literal);
      const auto text = tokens_.next().text;
      std::int64_t number = 0;
      if (std::from_chars(text.data(), text.data() + text.size(), number).ec != std::errc()) {
        tokens_.fail("has an integer beyond 64 bits; make it smaller");
      }
      out->constant = number;
      return out;
    }
    case token_kind::number: {
      auto out = make(expr_kind::literal);
      out->constant = std::strtod(tokens_.next().text.c_str(), nullptr);
      return out;
    }
    default:
      return bracketed();
  }
}

expr_ptr expression_parser::name_or_constant() {
  auto out = make(expr_kind::literal);
  std::string text = tokens_.next().text;
  const std::string_view word = text;
  if (word == "true" || word == "True") {
    out->constant = true;
  } else if (word == "false" || word == "False") {
    out->constant = false;
  } else if (word == "none" || word == "None") {
    out->constant = none{};
  } else {
    out->kind = expr_kind::name;
    out->text = std::move(text);
  }
  return out;
}

expr_ptr expression_parser::string() {
  auto out = make(expr_kind::literal);
  std::string text;
  while (tokens_.sees(token_kind::string)) {
    text += tokens_.next().text;
  }
  out->constant = std::make_shared<const std::string>(std::move(text));
  return out;
}

expr_ptr expression_parser::bracketed() {
  if (tokens_.skip_op("[")) {
    return list();
  }
  if (tokens_.skip_op("{")) {
    return dict();
  }
  if (!tokens_.skip_op("(")) {
    tokens_.fail(
        "expects an expression"
        + (tokens_.peek().text.empty() ? std::string() : " before '" + tokens_.peek().text + "'")
        + "; write one");
    return make(expr_kind::literal);
  }
  if (tokens_.skip_op(")")) {
    return make(expr_kind::tuple);
  }
  auto out = tuple_or_expression();
  tokens_.expect_op(")");
  return out;
}

expr_ptr expression_parser::list() {
  auto out = make(expr_kind::list);
  while (!tokens_.sees_op("]") && !tokens_.failure()) {
    out->kids.push_back(expression());
    if (!tokens_.skip_op(",")) {
      break;
    }
  }
  tokens_.expect_op("]");
  return finished(std::move(out));
}

expr_ptr expression_parser::dict() {
  auto out = make(expr_kind::dict);
  while (!tokens_.sees_op("}") && !tokens_.failure()) {
    out->kids.push_back(expression());
    tokens_.expect_op(":");
    out->kids.push_back(expression());
    if (!tokens_.skip_op(",")) {
      break;
    }
  }
  tokens_.expect_op("}");
  return finished(std::move(out));
}

expr_ptr expression_parser::postfix(expr_ptr subject) {
  for (;;) {
    std::vector<expr_ptr> kids;
    if (tokens_.skip_op(".")) {
      kids.push_back(std::move(subject));
      if (tokens_.sees(token_kind::integer)) {
        kids.push_back(primary());
        subject = parent(expr_kind::item, {}, std::move(kids));
      } else {
        subject = parent(expr_kind::attribute, tokens_.expect_name(), std::move(kids));
      }
    } else if (tokens_.skip_op("[")) {
      subject = subscript(std::move(subject));
    } else if (tokens_.skip_op("(")) {
      kids.push_back(std::move(subject));
      subject = parent(expr_kind::call, {}, std::move(kids));
      subject->args = arguments();
      subject = finished(std::move(subject));
    } else {
      return subject;
    }
  }
}

expr_ptr expression_parser::subscript(expr_ptr subject) {
  std::vector<expr_ptr> kids;
  kids.push_back(std::move(subject));
  const auto part = [&] {
    kids.push_back(tokens_.sees_op(":") || tokens_.sees_op("]") ? nullptr : expression());
  };
  part();
  bool is_slice = false;
  while (kids.size() < 4 && tokens_.skip_op(":")) {
    is_slice = true;
    part();
  }
  if (!is_slice && !kids[1]) {
    tokens_.fail("expects an index between [ and ]; write one");
  }
  tokens_.expect_op("]");
  if (is_slice) {
    kids.resize(4);
  }
  return parent(is_slice ? expr_kind::slice : expr_kind::item, {}, std::move(kids));
}

std::vector<argument> expression_parser::arguments() {
  std::vector<argument> out;
  while (!tokens_.sees_op(")") && !tokens_.failure()) {
    argument one;
    if (tokens_.sees(token_kind::name) && tokens_.peek(1).kind == token_kind::op
        && tokens_.peek(1).text == "=") {
      one.name = tokens_.next().text;
      tokens_.next();
    } else if (!out.empty() && !out.back().name.empty()) {
      tokens_.fail("has a positional argument after a named one; reorder them");
    }
    one.item = expression();
    out.push_back(std::move(one));
    if (!tokens_.skip_op(",")) {
      break;
    }
  }
  tokens_.expect_op(")");
  return out;
}

expr_ptr expression_parser::filters(expr_ptr subject, bool bare) {
  while (bare || tokens_.skip_op("|")) {
    bare = false;
    auto name = tokens_.expect_name();
    while (tokens_.skip_op(".")) {
      name += "." + tokens_.expect_name();
    }
    if (!tokens_.failure() && !is_filter(name)) {
      tokens_.fail("uses the unknown filter " + name + "; replace it");
    }
    std::vector<expr_ptr> kids;
    kids.push_back(std::move(subject));
    subject = parent(expr_kind::filter, std::move(name), std::move(kids));
    if (tokens_.skip_op("(")) {
      subject->args = arguments();
      subject = finished(std::move(subject));
    }
  }
  return subject;
}

expr_ptr expression_parser::filters_and_tests(expr_ptr subject) {
  for (;;) {
    if (tokens_.sees_op("|")) {
      subject = filters(std::move(subject), false);
    } else if (tokens_.skip_name("is")) {
      subject = test(std::move(subject));
    } else if (tokens_.skip_op("(")) {
      std::vector<expr_ptr> kids;
      kids.push_back(std::move(subject));
      subject = parent(expr_kind::call, {}, std::move(kids));
      subject->args = arguments();
      subject = finished(std::move(subject));
    } else {
      return subject;
    }
  }
}

expr_ptr expression_parser::test(expr_ptr subject) {
  const bool negated = tokens_.skip_name("not");
  auto name =
      tokens_.sees_op("==") || tokens_.sees_op("!=") ? tokens_.next().text : tokens_.expect_name();
  if (!tokens_.failure() && !is_test(name)) {
    tokens_.fail("uses the unknown test " + name + "; replace it");
  }
  std::vector<expr_ptr> kids;
  kids.push_back(std::move(subject));
  auto out = parent(expr_kind::test, std::move(name), std::move(kids));
  const auto kind = tokens_.peek().kind;
  if (tokens_.skip_op("(")) {
    out->args = arguments();
  } else if (kind == token_kind::string || kind == token_kind::integer || kind == token_kind::number
             || tokens_.sees_op("[") || tokens_.sees_op("{")
             || (kind == token_kind::name && !tokens_.sees_name("else") && !tokens_.sees_name("or")
                 && !tokens_.sees_name("and") && !tokens_.sees_name("if")
                 && !tokens_.sees_name("is") && !tokens_.sees_name("not")
                 && !tokens_.sees_name("in"))) {
    out->args.push_back({{}, postfix(primary())});
  }
  out = finished(std::move(out));
  if (!negated) {
    return out;
  }
  kids.clear();
  kids.push_back(std::move(out));
  return parent(expr_kind::negation, {}, std::move(kids));
}

} // namespace troupe::text::jinja
