// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/json/write.hpp"

#include <array>
#include <cmath>
#include <cstdio>

namespace troupe::text::jinja {

namespace {

void append_double(std::string& out, double number) {
  if (std::isnan(number)) {
    out += "nan";
  } else if (std::isinf(number)) {
    out += number > 0 ? "inf" : "-inf";
  } else {
    json::append_number(out, number);
  }
}

void append_escaped(std::string& out, char32_t point) {
  std::array<char, 16> digits{};
  const auto* format = point < 0x100 ? "\\x%02x" : point < 0x10000 ? "\\u%04x" : "\\U%08x";
  const auto length =
      std::snprintf(digits.data(), digits.size(), format, static_cast<unsigned>(point));
  out.append(digits.data(), static_cast<std::size_t>(length));
}

void append_quoted(std::string& out, std::string_view text) {
  const bool has_single = text.find('\'') != std::string_view::npos;
  const char quote = has_single && text.find('"') == std::string_view::npos ? '"' : '\'';
  out += quote;
  while (!text.empty()) {
    const auto next = utf8::first(text);
    switch (next.point) {
      case U'\n':
        out += "\\n";
        break;
      case U'\r':
        out += "\\r";
        break;
      case U'\t':
        out += "\\t";
        break;
      default:
        if (next.point == U'\\' || next.point == static_cast<char32_t>(quote)) {
          out += '\\';
        }
        if (is_printable(next.point)) {
          out += text.substr(0, next.bytes);
        } else {
          append_escaped(out, next.point);
        }
    }
    text.remove_prefix(next.bytes);
  }
  out += quote;
}

void append_list(context& run, std::string& out, const list& items) {
  out += items.is_tuple ? '(' : '[';
  bool first = true;
  for (const auto& item : items.items) {
    out += first ? "" : ", ";
    first = false;
    append_repr(run, out, item);
  }
  out += items.is_tuple && items.items.size() == 1 ? ",)" : items.is_tuple ? ")" : "]";
}

void append_dict(context& run, std::string& out, const dict& members) {
  out += '{';
  bool first = true;
  for (const auto& [name, item] : members.items) {
    out += first ? "" : ", ";
    first = false;
    append_repr(run, out, name);
    out += ": ";
    append_repr(run, out, item);
  }
  out += '}';
}

} // namespace

void append_text(context& run, std::string& out, const value& v) {
  if (const auto* text = text_of(v)) {
    run.spend(text->size() / 64);
    out += *text;
  } else if (!is<undefined>(v)) {
    append_repr(run, out, v);
  }
}

void append_repr(context& run, std::string& out, const value& v) {
  const nesting level(run);
  if (!run.spend(1)) {
    return;
  }
  if (const auto* text = text_of(v)) {
    run.spend(text->size() / 16);
    append_quoted(out, *text);
  } else if (const auto* integer = std::get_if<std::int64_t>(&v)) {
    json::append_integer(out, *integer);
  } else if (const auto* flag = std::get_if<bool>(&v)) {
    out += *flag ? "True" : "False";
  } else if (const auto* number = std::get_if<double>(&v)) {
    append_double(out, *number);
  } else if (is<none>(v)) {
    out += "None";
  } else if (is<undefined>(v)) {
    out += "Undefined";
  } else if (const auto* items = list_of(v)) {
    append_list(run, out, *items);
  } else if (const auto* members = dict_of(v)) {
    append_dict(run, out, *members);
  } else {
    run.fail("prints a " + std::string(type_name(v)) + ", which has no text; print its parts");
  }
}

std::string to_text(context& run, const value& v) {
  std::string out;
  append_text(run, out, v);
  return out;
}

} // namespace troupe::text::jinja
