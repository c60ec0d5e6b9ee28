// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/reference.hpp"

#include <algorithm>

namespace troupe::config {

namespace {

constexpr std::size_t columns = 100;

std::string quoted(const std::string& text) {
  auto out = std::string{"\""};
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
    }
    out += c;
  }
  return out + "\"";
}

std::string yaml_value(const value& what) {
  if (const auto* text = std::get_if<std::string>(&what)) {
    return quoted(*text);
  }
  const auto* list = std::get_if<std::vector<std::string>>(&what);
  if (list == nullptr) {
    return format_value(what);
  }
  auto out = std::string{"["};
  for (const auto& item : *list) {
    out += (out.size() > 1 ? ", " : "") + quoted(item);
  }
  return out + "]";
}

std::vector<std::string> path_of(const std::string& name) {
  auto parts = std::vector<std::string>{};
  std::size_t begin = 0;
  for (auto dot = name.find('.'); dot != std::string::npos; dot = name.find('.', begin)) {
    parts.push_back(name.substr(begin, dot - begin));
    begin = dot + 1;
  }
  parts.push_back(name.substr(begin));
  return parts;
}

// Options of one section must stand together in a YAML file, wherever they were declared.
std::vector<const option*> in_sections(const option_table& table) {
  auto sections = std::vector<std::string>{};
  auto out = std::vector<const option*>{};
  const auto section = [](const option& what) {
    const auto dot = what.name.rfind('.');
    return dot == std::string::npos ? std::string{} : what.name.substr(0, dot);
  };
  for (const auto& what : table.options()) {
    if (what.in_file) {
      out.push_back(&what);
      if (std::ranges::find(sections, section(what)) == sections.end()) {
        sections.push_back(section(what));
      }
    }
  }
  std::ranges::sort(sections);
  std::ranges::stable_sort(out, {}, [&](const option* what) {
    return std::ranges::find(sections, section(*what)) - sections.begin();
  });
  return out;
}

} // namespace

std::string wrapped(std::string_view text, std::size_t width, std::size_t indent) {
  auto out = std::string{};
  while (text.size() > width) {
    auto cut = text.rfind(' ', width);
    if (cut == std::string_view::npos) {
      cut = std::min(text.find(' '), text.size());
    }
    out.append(text.substr(0, cut)).append("\n").append(indent, ' ');
    text.remove_prefix(std::min(cut + 1, text.size()));
  }
  return out.append(text);
}

std::string reference_yaml(const option_table& table) {
  auto out = std::string{};
  auto open = std::vector<std::string>{};
  for (const auto* what : in_sections(table)) {
    auto path = path_of(what->name);
    const auto key = path.back();
    path.pop_back();
    std::size_t common = 0;
    while (common < std::min(path.size(), open.size()) && path[common] == open[common]) {
      ++common;
    }
    for (auto level = common; level < path.size(); ++level) {
      out += std::string(level == 0 && !out.empty() ? 1 : 0, '\n');
      out += std::string(2 * level, ' ') + path[level] + ":\n";
    }
    open = path;
    const auto pad = std::string(2 * path.size(), ' ');
    auto sentence =
        wrapped(what->help + " Takes " + describe_domain(*what) + ".", columns - pad.size() - 2, 0);
    for (auto end = sentence.find('\n'); end != std::string::npos; end = sentence.find('\n')) {
      out += pad + "# " + sentence.substr(0, end) + "\n";
      sentence.erase(0, end + 1);
    }
    out += pad + "# " + sentence + "\n" + pad + key + ": " + yaml_value(what->fallback) + "\n";
  }
  return out;
}

std::string show(const option_table& table, const settings& values, bool origins) {
  std::size_t width = 0;
  for (const auto& what : table.options()) {
    width = std::max(width, what.in_file ? what.name.size() : 0);
  }
  auto out = std::string{};
  for (const auto& what : table.options()) {
    if (!what.in_file) {
      continue;
    }
    const auto& held = values.at(what.name);
    auto line =
        what.name + std::string(width - what.name.size(), ' ') + " = " + yaml_value(held.what);
    if (origins) {
      const auto pad = line.size() < width + 24 ? width + 24 - line.size() : 2;
      line += std::string(pad, ' ') + "# " + std::string{name_of(held.from)}
              + (held.where.empty() ? "" : " " + held.where);
    }
    out += line + "\n";
  }
  return out;
}

std::string flags_help(const option_table& table, const std::vector<std::string>& groups) {
  constexpr std::size_t left = 34;
  auto out = std::string{};
  for (const auto& group : groups) {
    auto heading = group + ":\n";
    for (const auto& what : table.options()) {
      if (what.group != group || what.flag.empty()) {
        continue;
      }
      auto line = std::string{"  "} + (what.letter != 0 ? std::string{'-', what.letter} + ", " : "")
                  + what.flag;
      if (what.type != kind::boolean) {
        line += what.type == kind::integer || what.type == kind::real ? " N"
                : what.type == kind::time                             ? " TIME"
                : what.type == kind::list                             ? " A,B"
                                                                      : " TEXT";
      }
      line += line.size() + 2 <= left ? std::string(left - line.size(), ' ')
                                      : "\n" + std::string(left, ' ');
      auto sentence = what.help;
      if (what.type == kind::choice) {
        sentence += " " + describe_domain(what) + ".";
      }
      if (const auto fallback = format_value(what.fallback);
          !fallback.empty() && fallback != "false") {
        sentence += " [" + fallback + "]";
      }
      out += std::exchange(heading, "") + line + wrapped(sentence, columns - left, left) + "\n";
    }
  }
  return out;
}

} // namespace troupe::config
