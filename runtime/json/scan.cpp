// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/scan.hpp"

#include <algorithm>

namespace troupe::json {

namespace {

constexpr std::size_t number_characters_max = 64;

bool is_number_character(char c) {
  return (c >= '0' && c <= '9') || c == '-' || c == '+' || c == '.' || c == 'e' || c == 'E';
}

class scanner {
public:
  scanner(std::string_view text, const read_limits& limits) : text_(text), limits_(limits) {}

  result<void> run() {
    while (at_ < text_.size() && !failed_) {
      step(text_[at_]);
    }
    if (failed_) {
      return *failed_;
    }
    return {};
  }

private:
  void step(char c) {
    switch (c) {
      case '"':
        skip_string();
        return;
      case '[':
      case '{':
        count_item();
        if (++depth_ > limits_.depth) {
          fail(errc::too_large,
               "is nested deeper than " + std::to_string(limits_.depth) + " levels; flatten it");
        }
        break;
      case ']':
      case '}':
        depth_ -= depth_ > 0 ? 1 : 0;
        break;
      case ',':
      case ':':
        count_item();
        break;
      default:
        if (is_number_character(c)) {
          skip_number();
          return;
        }
    }
    ++at_;
  }

  void count_item() {
    if (++items_ > limits_.items) {
      fail(errc::too_large,
           "has more than " + std::to_string(limits_.items) + " items; send less at once");
    }
  }

  void skip_number() {
    const auto start = at_;
    while (at_ < text_.size() && is_number_character(text_[at_])) {
      ++at_;
    }
    if (at_ - start > number_characters_max) {
      at_ = start;
      fail(errc::too_large, "has a number of more than 64 characters; round it");
    }
  }

  void skip_string() {
    ++at_;
    while (at_ < text_.size() && text_[at_] != '"' && !failed_) {
      if (text_[at_] == '\\') {
        skip_escape();
      } else {
        ++at_;
      }
    }
    ++at_;
  }

  void skip_escape() {
    const auto unit = unit_at(at_);
    if (unit < 0xD800 || unit > 0xDFFF) {
      at_ += 2;
      return;
    }
    const auto next = unit_at(at_ + 6);
    if (unit >= 0xDC00 || next < 0xDC00 || next > 0xDFFF) {
      fail(errc::malformed, "has half of a surrogate pair; escape both halves or write UTF-8");
      return;
    }
    at_ += 12;
  }

  /// The code unit of a \uXXXX escape at `at`, or 0 where there is none.
  unsigned unit_at(std::size_t at) const {
    if (text_.size() < 6 || at > text_.size() - 6 || text_[at] != '\\' || text_[at + 1] != 'u') {
      return 0;
    }
    unsigned unit = 0;
    for (const char c : text_.substr(at + 2, 4)) {
      const auto digit = std::string_view("0123456789abcdef").find(static_cast<char>(c | 0x20));
      if (digit == std::string_view::npos) {
        return 0;
      }
      unit = unit * 16 + static_cast<unsigned>(digit);
    }
    return unit;
  }

  void fail(errc code, const std::string& why) {
    if (!failed_) {
      failed_ = error{code, "the JSON text " + why + " (" + describe_offset(text_, at_) + ")", ""};
    }
  }

  std::string_view text_;
  const read_limits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::size_t items_ = 0;
  std::optional<error> failed_;
};

} // namespace

result<void> check_limits(std::string_view text, const read_limits& limits) {
  if (text.size() > limits.bytes) {
    return error{errc::too_large,
                 "the JSON text has " + std::to_string(text.size()) + " bytes and at most "
                     + std::to_string(limits.bytes) + " are read; send less at once",
                 ""};
  }
  return scanner(text, limits).run();
}

std::string describe_offset(std::string_view text, std::size_t offset) {
  const auto before = text.substr(0, offset);
  const auto line = std::ranges::count(before, '\n') + 1;
  const auto start = before.rfind('\n');
  const auto column = start == std::string_view::npos ? before.size() + 1 : before.size() - start;
  return "line " + std::to_string(line) + ", column " + std::to_string(column) + " (byte "
         + std::to_string(before.size()) + ")";
}

} // namespace troupe::json
