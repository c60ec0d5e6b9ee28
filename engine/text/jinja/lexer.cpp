// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/lexer.hpp"

#include "engine/text/jinja/string_literal.hpp"
#include "engine/text/unicode.hpp"
#include "messages/vocab/error_codes.hpp"

#include <algorithm>
#include <array>

namespace troupe::text::jinja {

namespace {

constexpr std::string_view blanks = " \t\r\n\v\f";

bool is_name_start(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'
         || static_cast<unsigned char>(c) >= 0x80;
}

bool is_ascii_digit(char c) {
  return c >= '0' && c <= '9';
}

std::string with_plain_newlines(std::string_view source) {
  std::string out;
  out.reserve(source.size());
  for (std::size_t at = 0; at < source.size(); ++at) {
    if (source[at] != '\r') {
      out += source[at];
    } else if (at + 1 >= source.size() || source[at + 1] != '\n') {
      out += '\n';
    }
  }
  if (out.ends_with('\n')) {
    out.pop_back();
  }
  return out;
}

class lexer {
public:
  explicit lexer(std::string_view source) : source_(source) {}

  result<std::vector<token>> run() {
    while (at_ < source_.size() && failure_.empty()) {
      lex_data();
    }
    if (!failure_.empty()) {
      return template_error(failure_line_, failure_);
    }
    push(token_kind::end, "");
    return std::move(tokens_);
  }

private:
  void lex_data() {
    const auto tag = next_tag(at_);
    auto data = source_.substr(at_, tag - at_);
    if (tag == source_.size()) {
      push_data(data);
      advance(tag);
      return;
    }
    const char kind = source_[tag + 1];
    const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
    if (sign == '-') {
      data = strip(data, nullptr, false, true);
    } else if (sign != '+' && kind != '{') {
      data = without_indent(data);
    }
    push_data(data);
    advance(tag + 2 + (sign == '-' || sign == '+' ? 1 : 0));
    if (kind == '#') {
      skip_comment();
    } else if (kind == '%' && lex_raw()) {
      return;
    } else {
      push(kind == '{' ? token_kind::print_begin : token_kind::block_begin, "");
      lex_tag(kind == '{' ? "}}" : "%}");
    }
  }

  [[nodiscard]] std::size_t next_tag(std::size_t from) const {
    while ((from = source_.find('{', from)) != std::string_view::npos) {
      if (from + 1 < source_.size()
          && std::string_view("{%#").find(source_[from + 1]) != std::string_view::npos) {
        return from;
      }
      ++from;
    }
    return source_.size();
  }

  /// lstrip_blocks: only where nothing but blanks stands before the tag on its line.
  [[nodiscard]] std::string_view without_indent(std::string_view data) const {
    const auto newline = data.rfind('\n');
    const auto start = newline == std::string_view::npos ? 0 : newline + 1;
    if (newline == std::string_view::npos && !line_starting_) {
      return data;
    }
    return data.find_first_not_of(" \t", start) == std::string_view::npos ? data.substr(0, start)
                                                                          : data;
  }

  void skip_comment() {
    const auto close = source_.find("#}", at_);
    if (close == std::string_view::npos) {
      fail("has a comment without its end; write #}");
      return;
    }
    close_tag(close, 2);
  }

  /// Moves behind a closing tag of `bytes` at `close` and the blanks that belong to it.
  void close_tag(std::size_t close, std::size_t bytes, bool trims_newline = true) {
    const char sign = close > at_ || close > 0 ? source_[close - 1] : '\0';
    auto end = close + bytes;
    if (sign == '-') {
      end = std::min(source_.find_first_not_of(blanks, end), source_.size());
    } else if (sign != '+' && trims_newline && end < source_.size() && source_[end] == '\n') {
      ++end;
    }
    advance(end);
    line_starting_ = end > 0 && source_[end - 1] == '\n';
  }

  /// After "{%": takes a whole raw block, if it is one.
  bool lex_raw() {
    const auto rest = source_.substr(at_);
    const auto word = rest.find_first_not_of(blanks);
    if (word == std::string_view::npos || !rest.substr(word).starts_with("raw")) {
      return false;
    }
    const auto after = rest.find_first_not_of(blanks, word + 3);
    const bool stripped = after != std::string_view::npos && rest.substr(after).starts_with("-%}");
    if (after == std::string_view::npos || (!stripped && !rest.substr(after).starts_with("%}"))) {
      return false;
    }
    auto begin = at_ + after + (stripped ? 3 : 2);
    begin = stripped ? std::min(source_.find_first_not_of(blanks, begin), source_.size()) : begin;
    advance(begin);
    line_starting_ = false;
    finish_raw(begin);
    return true;
  }

  void finish_raw(std::size_t begin) {
    for (auto tag = source_.find("{%", begin); tag != std::string_view::npos;
         tag = source_.find("{%", tag + 2)) {
      const char sign = source_.substr(tag + 2).empty() ? '\0' : source_[tag + 2];
      const bool is_signed = sign == '-' || sign == '+';
      const auto word = source_.find_first_not_of(blanks, tag + 2 + (is_signed ? 1 : 0));
      if (word == std::string_view::npos || !source_.substr(word).starts_with("endraw")) {
        continue;
      }
      const auto close = source_.find("%}", word);
      if (close == std::string_view::npos) {
        break;
      }
      auto data = source_.substr(begin, tag - begin);
      data = sign == '-' ? strip(data, nullptr, false, true)
             : is_signed ? data
                         : without_indent(data);
      push_data(data);
      close_tag(close, 2);
      return;
    }
    fail("has a raw block without endraw; close it");
  }

  void lex_tag(std::string_view closer) {
    std::size_t open_brackets = 0;
    while (failure_.empty()) {
      advance(std::min(source_.find_first_not_of(blanks, at_), source_.size()));
      const auto rest = source_.substr(at_);
      if (rest.empty()) {
        fail("ends inside a tag; close it with " + std::string(closer));
        return;
      }
      const bool is_signed = rest[0] == '-' || (rest[0] == '+' && closer == "%}");
      if (open_brackets == 0 && rest.substr(is_signed ? 1 : 0).starts_with(closer)) {
        push(closer == "}}" ? token_kind::print_end : token_kind::block_end, "");
        close_tag(at_ + (is_signed ? 1 : 0), 2, closer == "%}");
        return;
      }
      lex_token(rest, open_brackets);
    }
  }

  void lex_token(std::string_view rest, std::size_t& open_brackets) {
    const char c = rest[0];
    if (is_name_start(c)) {
      const auto end = std::ranges::find_if_not(
          rest, [](char x) { return is_name_start(x) || is_ascii_digit(x); });
      take(token_kind::name, static_cast<std::size_t>(end - rest.begin()));
    } else if (is_ascii_digit(c)) {
      lex_number(rest);
    } else if (c == '"' || c == '\'') {
      lex_string(rest);
    } else {
      lex_operator(rest, open_brackets);
    }
  }

  void lex_number(std::string_view rest) {
    const auto digits = [&](std::size_t from) {
      while (
          from < rest.size()
          && (is_ascii_digit(rest[from])
              || (rest[from] == '_' && from + 1 < rest.size() && is_ascii_digit(rest[from + 1])))) {
        ++from;
      }
      return from;
    };
    auto end = digits(1);
    auto kind = token_kind::integer;
    if (end + 1 < rest.size() && rest[end] == '.' && is_ascii_digit(rest[end + 1])) {
      end = digits(end + 1);
      kind = token_kind::number;
    }
    if (end < rest.size() && (rest[end] == 'e' || rest[end] == 'E')) {
      const bool is_signed =
          end + 1 < rest.size() && (rest[end + 1] == '+' || rest[end + 1] == '-');
      const auto first = end + (is_signed ? 2 : 1);
      if (first < rest.size() && is_ascii_digit(rest[first])) {
        end = digits(first);
        kind = token_kind::number;
      }
    }
    take(kind, end);
    std::erase(tokens_.back().text, '_');
  }

  void lex_string(std::string_view rest) {
    std::size_t end = 1;
    while (end < rest.size() && rest[end] != rest[0]) {
      end += rest[end] == '\\' ? 2 : 1;
    }
    if (end >= rest.size()) {
      fail("has a string without its closing quote; close it");
      return;
    }
    push(token_kind::string, unescaped(rest.substr(1, end - 1)));
    advance(at_ + end + 1);
  }

  void lex_operator(std::string_view rest, std::size_t& open_brackets) {
    constexpr std::array<std::string_view, 7> two{"==", "!=", "<=", ">=", "//", "**", "~"};
    for (const auto one : two) {
      if (rest.starts_with(one)) {
        take(token_kind::op, one.size());
        return;
      }
    }
    if (std::string_view("+-*/%<>=.,:|()[]{}").find(rest[0]) == std::string_view::npos) {
      fail("has an unexpected '" + std::string(rest.substr(0, 1)) + "'; remove it");
      return;
    }
    if (std::string_view("([{").find(rest[0]) != std::string_view::npos) {
      ++open_brackets;
    } else if (std::string_view(")]}").find(rest[0]) != std::string_view::npos) {
      open_brackets -= open_brackets > 0 ? 1 : 0;
    }
    take(token_kind::op, 1);
  }

  void take(token_kind kind, std::size_t bytes) {
    push(kind, std::string(source_.substr(at_, bytes)));
    advance(at_ + bytes);
  }

  void push(token_kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }

  void push_data(std::string_view data) {
    if (!data.empty()) {
      push(token_kind::data, std::string(data));
    }
  }

  void advance(std::size_t to) {
    line_ += static_cast<int>(std::ranges::count(source_.substr(at_, to - at_), '\n'));
    if (to > at_) {
      line_starting_ = false;
    }
    at_ = to;
  }

  void fail(std::string what) {
    failure_ = std::move(what);
    failure_line_ = line_;
  }

  std::string_view source_;
  std::size_t at_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<token> tokens_;
  std::string failure_;
  int failure_line_ = 0;
};

} // namespace

result<std::vector<token>> lex(std::string_view source) {
  const auto plain = with_plain_newlines(source);
  return lexer(plain).run();
}

error template_error(int line, const std::string& what) {
  return {errors::template_failed, "the chat template, line " + std::to_string(line) + ", " + what,
          "chat_template"};
}

} // namespace troupe::text::jinja
