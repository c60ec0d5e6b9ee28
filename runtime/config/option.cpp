// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/option.hpp"

#include "runtime/base/check.hpp"
#include "runtime/config/number.hpp"

#include <algorithm>
#include <cctype>

namespace troupe::config {

namespace {

std::string replaced(std::string_view name, char dot, char underscore, bool upper) {
  auto out = std::string{};
  for (const char c : name) {
    const char mapped = c == '.' ? dot : c == '_' ? underscore : c;
    out += upper ? static_cast<char>(std::toupper(static_cast<unsigned char>(mapped))) : mapped;
  }
  return out;
}

option declare(std::string name, kind type, value fallback, std::string help) {
  TROUPE_CHECK(!name.empty());
  auto what = option{};
  what.flag = "--" + replaced(name, '-', '-', false);
  what.env = "TROUPE_" + replaced(name, '_', '_', true);
  const auto dot = name.find('.');
  what.group = dot == std::string::npos ? "general" : name.substr(0, dot);
  what.name = std::move(name);
  what.type = type;
  what.fallback = std::move(fallback);
  what.help = std::move(help);
  return what;
}

result<value> parse_boolean(std::string_view text) {
  for (const auto* yes : {"true", "yes", "on", "1"}) {
    if (text == yes) {
      return value{true};
    }
  }
  for (const auto* no : {"false", "no", "off", "0"}) {
    if (text == no) {
      return value{false};
    }
  }
  return error{errc::invalid_value, "is not true or false", {}};
}

value parse_list(std::string_view text) {
  auto items = std::vector<std::string>{};
  while (!text.empty()) {
    const auto comma = std::min(text.find(','), text.size());
    if (comma > 0) {
      items.emplace_back(text.substr(0, comma));
    }
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return items;
}

template <class T>
result<value> within(const option& what, result<T> number) {
  if (!number) {
    return std::move(number).err();
  }
  double measure = 0;
  if constexpr (std::is_same_v<T, duration>) {
    measure = static_cast<double>(number->count());
  } else {
    measure = static_cast<double>(*number);
  }
  if (measure < what.min || measure > what.max) {
    return error{errc::invalid_value, "is out of range", {}};
  }
  return value{*number};
}

result<value> parse_bare(const option& what, std::string_view text) {
  switch (what.type) {
    case kind::boolean:
      return parse_boolean(text);
    case kind::integer:
      return within(what, parse_integer(text));
    case kind::real:
      return within(what, parse_real(text));
    case kind::time:
      return within(what, parse_time(text));
    case kind::text:
      return value{std::string{text}};
    case kind::choice:
      if (std::ranges::find(what.choices, text) == what.choices.end()) {
        return error{errc::invalid_value, "is not a choice", {}};
      }
      return value{std::string{text}};
    case kind::list:
      return parse_list(text);
  }
  return error{errc::internal, "has a kind nobody reads", {}};
}

std::string joined(const std::vector<std::string>& items, std::string_view separator) {
  auto out = std::string{};
  for (const auto& item : items) {
    out += out.empty() ? "" : separator;
    out += item;
  }
  return out;
}

} // namespace

option&& option::with_flag(std::string text) && {
  flag = std::move(text);
  return std::move(*this);
}

option&& option::with_letter(char text) && {
  letter = text;
  return std::move(*this);
}

option&& option::with_group(std::string text) && {
  group = std::move(text);
  return std::move(*this);
}

option&& option::flag_only() && {
  env.clear();
  in_file = false;
  return std::move(*this);
}

option boolean(std::string name, bool fallback, std::string help) {
  return declare(std::move(name), kind::boolean, fallback, std::move(help));
}

option integer(std::string name, std::int64_t fallback, std::int64_t min, std::int64_t max,
               std::string help) {
  TROUPE_CHECK(min <= fallback && fallback <= max);
  auto what = declare(std::move(name), kind::integer, fallback, std::move(help));
  what.min = static_cast<double>(min);
  what.max = static_cast<double>(max);
  return what;
}

option real(std::string name, double fallback, double min, double max, std::string help) {
  TROUPE_CHECK(min <= fallback && fallback <= max);
  auto what = declare(std::move(name), kind::real, fallback, std::move(help));
  what.min = min;
  what.max = max;
  return what;
}

option time(std::string name, duration fallback, duration min, duration max, std::string help) {
  TROUPE_CHECK(min <= fallback && fallback <= max);
  auto what = declare(std::move(name), kind::time, fallback, std::move(help));
  what.min = static_cast<double>(min.count());
  what.max = static_cast<double>(max.count());
  return what;
}

option text(std::string name, std::string fallback, std::string help) {
  return declare(std::move(name), kind::text, std::move(fallback), std::move(help));
}

option choice(std::string name, std::string fallback, std::vector<std::string> choices,
              std::string help) {
  TROUPE_CHECK(std::ranges::find(choices, fallback) != choices.end());
  auto what = declare(std::move(name), kind::choice, std::move(fallback), std::move(help));
  what.choices = std::move(choices);
  return what;
}

option list(std::string name, std::vector<std::string> fallback, std::string help) {
  return declare(std::move(name), kind::list, std::move(fallback), std::move(help));
}

result<value> parse_value(const option& what, std::string_view text) {
  auto parsed = parse_bare(what, text);
  if (!parsed) {
    return error{errc::invalid_value,
                 what.name + ": '" + std::string{text.substr(0, 80)} + "' " + parsed.err().text
                     + "; give " + describe_domain(what),
                 what.name};
  }
  return parsed;
}

std::string format_value(const value& what) {
  struct writer {
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(std::int64_t v) const { return std::to_string(v); }
    std::string operator()(double v) const { return format_real(v); }
    std::string operator()(duration v) const { return format_time(v); }
    std::string operator()(const std::string& v) const { return v; }
    std::string operator()(const std::vector<std::string>& v) const { return joined(v, ","); }
  };
  return std::visit(writer{}, what);
}

std::string describe_domain(const option& what) {
  const auto range = [&what](auto show) {
    return show(what.min) + ".." + show(what.max);
  };
  switch (what.type) {
    case kind::boolean:
      return "true or false";
    case kind::integer:
      return "an integer "
             + range([](double v) { return std::to_string(static_cast<std::int64_t>(v)); });
    case kind::real:
      return "a number " + range(format_real);
    case kind::time:
      return "a time with its unit (ns us ms s m h), "
             + range([](double v) { return format_time(duration{static_cast<std::int64_t>(v)}); });
    case kind::text:
      return "text";
    case kind::choice:
      return "one of " + joined(what.choices, ", ");
    case kind::list:
      return "a list (in flags separated by commas)";
  }
  return {};
}

} // namespace troupe::config
