// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/write.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace troupe::json {

namespace {

void append_unit(std::string& out, unsigned unit) {
  constexpr std::string_view digits = "0123456789abcdef";
  out += "\\u";
  for (unsigned shift = 16; shift > 0;) {
    shift -= 4;
    out += digits[(unit >> shift) & 0xFU];
  }
}

void append_escape(std::string& out, char c) {
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      append_unit(out, static_cast<unsigned char>(c));
  }
}

void append_escaped_point(std::string& out, char32_t point) {
  if (point >= 0x10000) {
    append_unit(out, 0xD800U + ((point - 0x10000U) >> 10U));
    append_unit(out, 0xDC00U + ((point - 0x10000U) & 0x3FFU));
  } else {
    append_unit(out, point);
  }
}

bool is_plain(char c, bool ascii) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x20 && c != '"' && c != '\\' && !(ascii && byte >= 0x7F);
}

class writer {
public:
  writer(std::string& out, const write_style& style) : out_(out), style_(style) {}

  void write(const value& item) {
    if (const auto* members = item.as_object()) {
      write_object(*members);
    } else if (const auto* items = item.as_array()) {
      write_array(*items);
    } else if (const auto* text = item.as_string()) {
      append_string(out_, *text, style_.ascii);
    } else if (const auto* flag = item.as_bool()) {
      out_ += *flag ? "true" : "false";
    } else if (const auto* integer = item.as_integer()) {
      append_integer(out_, *integer);
    } else if (item.is_null()) {
      out_ += "null";
    } else {
      append_number(out_, *item.as_number());
    }
  }

private:
  void write_array(const value::array& items) {
    out_ += '[';
    ++level_;
    bool first = true;
    for (const auto& item : items) {
      begin_item(first);
      write(item);
    }
    end_items(first);
    out_ += ']';
  }

  void write_object(const value::object& members) {
    out_ += '{';
    ++level_;
    bool first = true;
    if (style_.sort_names) {
      std::vector<const member*> sorted;
      for (const auto& one : members) {
        sorted.push_back(&one);
      }
      std::ranges::stable_sort(sorted, {}, &member::name);
      for (const auto* one : sorted) {
        write_member(*one, first);
      }
    } else {
      for (const auto& one : members) {
        write_member(one, first);
      }
    }
    end_items(first);
    out_ += '}';
  }

  void write_member(const member& one, bool& first) {
    begin_item(first);
    append_string(out_, one.name, style_.ascii);
    out_ += style_.name_separator;
    write(one.item);
  }

  void begin_item(bool& first) {
    if (!first) {
      out_ += style_.item_separator;
    }
    first = false;
    break_line(level_);
  }

  void end_items(bool empty) {
    --level_;
    if (!empty) {
      break_line(level_);
    }
  }

  void break_line(std::size_t level) {
    if (style_.indent >= 0) {
      out_ += '\n';
      out_.append(level * static_cast<std::size_t>(style_.indent), ' ');
    }
  }

  std::string& out_;
  const write_style& style_;
  std::size_t level_ = 0;
};

} // namespace

void append_string(std::string& out, std::string_view text, bool ascii) {
  out += '"';
  while (!text.empty()) {
    const auto plain = std::ranges::find_if_not(text, [&](char c) { return is_plain(c, ascii); });
    const auto run = static_cast<std::size_t>(plain - text.begin());
    out.append(text.substr(0, run));
    text.remove_prefix(run);
    if (text.empty()) {
      break;
    }
    if (static_cast<unsigned char>(text.front()) < 0x7F) {
      append_escape(out, text.front());
      text.remove_prefix(1);
      continue;
    }
    const auto next = utf8::first(text);
    append_escaped_point(out, next.state == utf8::status::valid ? next.point : U'\uFFFD');
    text.remove_prefix(next.bytes);
  }
  out += '"';
}

void append_integer(std::string& out, std::int64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_number(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  const auto magnitude = std::fabs(number);
  const bool fixed = magnitude == 0 || (magnitude >= 1e-4 && magnitude < 1e16);
  std::array<char, 40> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number,
                                 fixed ? std::chars_format::fixed : std::chars_format::scientific)
                       .ptr;
  const std::string_view written(digits.data(), static_cast<std::size_t>(end - digits.data()));
  out += written;
  if (fixed && written.find('.') == std::string_view::npos) {
    out += ".0";
  }
}

void append_value(std::string& out, const value& item, const write_style& style) {
  writer(out, style).write(item);
}

std::string write(const value& item, const write_style& style) {
  std::string out;
  append_value(out, item, style);
  return out;
}

} // namespace troupe::json
