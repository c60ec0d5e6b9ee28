// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/sheet.hpp"

#include "runtime/json/write.hpp"

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>

namespace troupe::shell {

namespace {

std::string heading_of(const std::string& key) {
  std::string out;
  for (const char c : key) {
    out += c == '_' ? '-' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return out;
}

std::string number_text(double number) {
  char text[64];
  std::snprintf(text, sizeof text, std::abs(number) >= 100 ? "%.0f" : "%.2f", number);
  std::string out = text;
  if (out.find('.') != std::string::npos) {
    out.erase(out.find_last_not_of('0') + 1);
    if (out.back() == '.') {
      out.pop_back();
    }
  }
  return out;
}

// Code points: enough for the few characters beyond ASCII that cells hold.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & '\xC0') != '\x80'; }));
}

bool is_number(const json::value& what) {
  return what.as_number().has_value();
}

} // namespace

std::string cell_text(const json::value& what) {
  if (const auto* text = what.as_string()) {
    return text->empty() ? "-" : *text;
  }
  if (what.is_null()) {
    return "-";
  }
  if (const auto* flag = what.as_bool()) {
    return *flag ? "yes" : "no";
  }
  if (what.as_integer() != nullptr) {
    return std::to_string(*what.as_integer());
  }
  if (const auto number = what.as_number()) {
    return number_text(*number);
  }
  return json::write(what);
}

std::string as_text(const sheet& what) {
  std::vector<std::vector<std::string>> cells;
  std::vector<bool> to_the_right;
  std::vector<std::size_t> shown;
  for (std::size_t i = 0; i < what.columns.size(); ++i) {
    if (std::ranges::find(what.hidden, what.columns[i]) == what.hidden.end()) {
      shown.push_back(i);
    }
  }
  std::vector<std::string> head;
  for (const auto i : shown) {
    head.push_back(heading_of(what.columns[i]));
    to_the_right.push_back(!what.rows.empty()
                           && std::ranges::all_of(what.rows, [&](const auto& row) {
                                return is_number(row[i]) || row[i].is_null();
                              }));
  }
  cells.push_back(head);
  for (const auto& row : what.rows) {
    std::vector<std::string> line;
    for (const auto i : shown) {
      line.push_back(cell_text(row[i]));
    }
    cells.push_back(std::move(line));
  }
  std::vector<std::size_t> widths(shown.size(), 0);
  for (const auto& line : cells) {
    for (std::size_t i = 0; i < line.size(); ++i) {
      widths[i] = std::max(widths[i], width_of(line[i]));
    }
  }
  std::string out;
  for (const auto& line : what.before) {
    out += line + "\n";
  }
  for (const auto& line : shown.empty() ? decltype(cells){} : cells) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string fill(widths[i] - width_of(line[i]), ' ');
      text += (to_the_right[i] ? fill + line[i] : line[i] + fill) + "  ";
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  }
  for (const auto& line : what.after) {
    out += line + "\n";
  }
  return out;
}

json::value as_json(const sheet& what) {
  json::value out{json::value::object{}};
  for (const auto& [key, value] : what.facts) {
    out.set(key, value);
  }
  if (!what.name.empty()) {
    json::value rows{json::value::array{}};
    for (const auto& row : what.rows) {
      json::value one{json::value::object{}};
      for (std::size_t i = 0; i < row.size(); ++i) {
        one.set(what.columns[i], row[i]);
      }
      rows.push_back(std::move(one));
    }
    out.set(what.name, std::move(rows));
  }
  return out;
}

} // namespace troupe::shell
