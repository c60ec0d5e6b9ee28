// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/lexer.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text::jinja {

/// The parser's place in the tokens and its first complaint; after one, only `end` is seen.
class token_stream {
public:
  explicit token_stream(std::vector<token> tokens) : tokens_(std::move(tokens)) {}

  [[nodiscard]] const token& peek(std::size_t ahead = 0) const {
    const auto at = at_ + ahead;
    return failure_ || at >= tokens_.size() ? tokens_.back() : tokens_[at];
  }
  token next() {
    auto out = peek();
    at_ += at_ + 1 < tokens_.size() ? 1 : 0;
    return out;
  }
  [[nodiscard]] bool sees(token_kind kind) const { return peek().kind == kind; }
  [[nodiscard]] bool sees_op(std::string_view op) const {
    return sees(token_kind::op) && peek().text == op;
  }
  [[nodiscard]] bool sees_name(std::string_view name) const {
    return sees(token_kind::name) && peek().text == name;
  }
  bool skip_op(std::string_view op) { return sees_op(op) && skip(); }
  bool skip_name(std::string_view name) { return sees_name(name) && skip(); }

  void expect_op(std::string_view op) {
    if (!skip_op(op)) {
      fail("expects '" + std::string(op) + "'" + before());
    }
  }
  std::string expect_name() {
    if (!sees(token_kind::name)) {
      fail("expects a name" + before());
      return {};
    }
    return next().text;
  }
  void expect(token_kind kind, std::string_view what) {
    if (!sees(kind)) {
      fail("expects " + std::string(what) + before());
    }
    next();
  }

  void fail(const std::string& what) {
    if (!failure_) {
      failure_ = template_error(peek().line, what);
      at_ = tokens_.size() - 1;
    }
  }
  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

private:
  bool skip() {
    next();
    return true;
  }
  [[nodiscard]] std::string before() const {
    return peek().text.empty() ? "; correct it"
                               : " before '" + peek().text.substr(0, 40) + "'; correct it";
  }

  std::vector<token> tokens_;
  std::size_t at_ = 0;
  std::optional<error> failure_;
};

} // namespace troupe::text::jinja
