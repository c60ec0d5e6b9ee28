// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/utf8.hpp"
#include "runtime/json/scan.hpp"

#include <vector>

namespace troupe::json {

namespace {

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A pushdown automaton over the text: the stack holds the closing bracket of each open container.
class locator {
public:
  explicit locator(std::string_view text) : text_(text) {}

  fault run() {
    if (const auto bad = utf8::first_invalid(text_); bad < text_.size()) {
      return {bad, "not valid UTF-8"};
    }
    if (text_.starts_with("\xEF\xBB\xBF")) {
      return {0, "a byte order mark"};
    }
    if (!one_text()) {
      return {at_, what_};
    }
    return {at_, "a number out of range"};
  }

private:
  bool one_text() {
    do {
      if (!value_or_open()) {
        return false;
      }
      if (!open_.empty() && just_opened_) {
        continue;
      }
      if (!after_value()) {
        return false;
      }
    } while (!open_.empty());
    skip_blanks();
    return at_ == text_.size() || fail("expected the end of the text");
  }

  bool value_or_open() {
    just_opened_ = false;
    skip_blanks();
    switch (peek()) {
      case '{':
        return open('}') && (closes_at_once() || name());
      case '[':
        return open(']') && (closes_at_once() || true);
      case '"':
        return string();
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool open(char closer) {
    open_.push_back(closer);
    just_opened_ = true;
    ++at_;
    return true;
  }

  bool closes_at_once() {
    skip_blanks();
    if (peek() != open_.back()) {
      return false;
    }
    just_opened_ = false;
    return true;
  }

  bool after_value() {
    while (!open_.empty()) {
      skip_blanks();
      const char c = peek();
      if (c == ',') {
        ++at_;
        return open_.back() == ']' || name();
      }
      if (c != open_.back()) {
        return fail(std::string("expected ',' or '") + open_.back() + "'");
      }
      ++at_;
      open_.pop_back();
    }
    return true;
  }

  bool name() {
    skip_blanks();
    if (peek() != '"') {
      return fail("expected a name in quotes");
    }
    if (!string()) {
      return false;
    }
    skip_blanks();
    if (peek() != ':') {
      return fail("expected ':' after a name");
    }
    ++at_;
    return true;
  }

  bool string() {
    const auto start = at_++;
    while (at_ < text_.size() && text_[at_] != '"') {
      if (static_cast<unsigned char>(text_[at_]) < 0x20) {
        return fail("a control character in a string must be escaped");
      }
      if (text_[at_] == '\\' && !escape()) {
        return false;
      }
      ++at_;
    }
    if (at_ >= text_.size()) {
      at_ = start;
      return fail("a string without its closing quote");
    }
    ++at_;
    return true;
  }

  bool escape() {
    const auto start = at_++;
    const auto digits = peek() == 'u' ? text_.substr(at_ + 1, 4) : std::string_view();
    const bool hex =
        digits.size() == 4
        && digits.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
    if (!hex
        && (at_ >= text_.size()
            || std::string_view("\"\\/bfnrt").find(peek()) == std::string_view::npos)) {
      at_ = start;
      return fail("an unknown escape");
    }
    at_ += hex ? 4 : 0;
    return true;
  }

  bool word(std::string_view expected) {
    if (!text_.substr(at_).starts_with(expected)) {
      return fail("expected a value");
    }
    at_ += expected.size();
    return true;
  }

  bool number() {
    const auto start = at_;
    at_ += peek() == '-' ? 1 : 0;
    if (!is_digit(peek())) {
      at_ = start;
      return fail("expected a value");
    }
    if (peek() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
      return fail("a number with a leading zero");
    }
    digits();
    if (peek() == '.') {
      ++at_;
      if (!digits()) {
        return fail("expected a digit");
      }
    }
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      at_ += peek() == '+' || peek() == '-' ? 1 : 0;
      if (!digits()) {
        return fail("expected a digit");
      }
    }
    return true;
  }

  bool digits() {
    const auto start = at_;
    while (is_digit(peek())) {
      ++at_;
    }
    return at_ > start;
  }

  void skip_blanks() {
    while (at_ < text_.size()
           && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) {
      ++at_;
    }
  }

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool fail(std::string what) {
    what_ = at_ >= text_.size() ? "the text ends too early: " + what : std::move(what);
    return false;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  bool just_opened_ = false;
  std::vector<char> open_;
  std::string what_;
};

} // namespace

fault locate_fault(std::string_view text) {
  return locator(text).run();
}

} // namespace troupe::json
