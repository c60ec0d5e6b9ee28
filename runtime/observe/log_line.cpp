// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log_line.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace troupe::observe {

namespace {

constexpr std::size_t value_bytes_max = 1024;
constexpr std::size_t line_bytes_max = 8192;

void append_padded(std::string& out, unsigned number, std::size_t digits) {
  const auto text = std::to_string(number);
  out.append(digits - std::min(digits, text.size()), '0').append(text);
}

void append_time(std::string& out, std::chrono::system_clock::time_point when) {
  namespace c = std::chrono;
  const auto day = c::floor<c::days>(when);
  const auto date = c::year_month_day{day};
  const auto time = c::hh_mm_ss{c::floor<c::milliseconds>(when - day)};
  append_padded(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  append_padded(out += '-', static_cast<unsigned>(date.month()), 2);
  append_padded(out += '-', static_cast<unsigned>(date.day()), 2);
  append_padded(out += 'T', static_cast<unsigned>(time.hours().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.minutes().count()), 2);
  append_padded(out += ':', static_cast<unsigned>(time.seconds().count()), 2);
  append_padded(out += '.', static_cast<unsigned>(time.subseconds().count()), 3);
  out += 'Z';
}

bool is_bare(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
  });
}

void append_hex(std::string& out, unsigned char c) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.append("\\x");
  out += digits[c >> 4U];
  out += digits[c & 15U];
}

void append_quoted(std::string& out, std::string_view text) {
  const bool readable = utf8::first_invalid(text) == text.size();
  out += '"';
  for (const char c : text) {
    const auto code = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      (out += '\\') += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (code < 0x20 || code == 0x7f || (code >= 0x80 && !readable)) {
      append_hex(out, code);
    } else {
      out += c;
    }
  }
  out += '"';
}

void append_text(std::string& out, std::string_view text) {
  const bool cut = text.size() > value_bytes_max;
  text = utf8::cut(text, value_bytes_max);
  if (is_bare(text)) {
    out += text;
  } else {
    append_quoted(out, text);
  }
  out += cut ? "..." : "";
}

template <class Number>
void append_number(std::string& out, Number number) {
  auto buffer = std::array<char, 32>{};
  out.append(buffer.data(),
             std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr);
}

} // namespace

std::string_view name_of(level what) {
  constexpr std::array<std::string_view, 6> names{"trace", "debug", "info", "warn", "error", "off"};
  return names[static_cast<std::size_t>(what)];
}

void fact_value::append_to(std::string& line) const {
  std::visit(
      [&line](const auto& v) {
        using type = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<type, bool>) {
          line += v ? "true" : "false";
        } else if constexpr (std::is_same_v<type, std::string_view>) {
          append_text(line, v);
        } else {
          append_number(line, v);
        }
      },
      held_);
}

std::string format_line(std::chrono::system_clock::time_point when, level what,
                        std::string_view actor, std::string_view event, const facts& known) {
  auto line = std::string{"ts="};
  line.reserve(160);
  append_time(line, when);
  (line += " level=") += name_of(what);
  if (!actor.empty()) {
    append_text(line += " actor=", actor);
  }
  append_text(line += " event=", event);
  for (const auto& [key, value] : known) {
    if (line.size() > line_bytes_max) {
      line += " cut=true";
      break;
    }
    ((line += ' ') += key) += '=';
    value.append_to(line);
  }
  return line;
}

} // namespace troupe::observe
