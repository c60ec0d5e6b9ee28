// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"
#include "runtime/base/utf8.hpp"
#include "runtime/json/read.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>

namespace troupe::text::jinja {

namespace {

value trim(context& run, const value& in, const call_arguments& with) {
  const auto text = to_text(run, in);
  return run.make_text(std::string(strip(text, with.text(run, 0, "chars"), true, true)));
}

value string(context& run, const value& in, const call_arguments& /*with*/) {
  return text_of(in) != nullptr ? in : run.make_text(to_text(run, in));
}

value same(context& /*run*/, const value& in, const call_arguments& /*with*/) {
  return in;
}

value length(context& run, const value& in, const call_arguments& /*with*/) {
  return length_of(run, in);
}

value fallback(context& run, const value& in, const call_arguments& with) {
  const auto* other = with.get(0, "default_value");
  const bool absent = is<undefined>(in) || (with.flag(1, "boolean", false) && !truth_of(in));
  return !absent ? in : other != nullptr ? *other : run.make_text("");
}

/// What json.dumps puts before a line, once for each level: blanks or a text.
std::optional<std::string> indent_of(context& run, const call_arguments& with) {
  const auto* indent = with.get(1, "indent");
  if (indent == nullptr || is<none>(*indent)) {
    return std::nullopt;
  }
  if (const auto* text = text_of(*indent)) {
    return *text;
  }
  constexpr std::int64_t blanks_max = 64;
  const auto blanks = std::clamp<std::int64_t>(with.integer(run, 1, "indent", 0), 0, blanks_max);
  return std::string(static_cast<std::size_t>(blanks), ' ');
}

value tojson(context& run, const value& in, const call_arguments& with) {
  json_options options;
  options.ascii = with.flag(0, "ensure_ascii", false);
  options.indent = indent_of(run, with);
  options.sort_names = with.flag(3, "sort_keys", false);
  options.item_separator = options.indent ? "," : ", ";
  options.name_separator = ": ";
  if (const auto* separators = with.get(2, "separators");
      separators != nullptr && !is<none>(*separators)) {
    const auto* pair = list_of(*separators);
    if (pair == nullptr || pair->items.size() != 2) {
      return run.fail("gives tojson separators that are no pair; give it two texts");
    }
    options.item_separator = to_text(run, pair->items[0]);
    options.name_separator = to_text(run, pair->items[1]);
  }
  return to_json(run, in, options);
}

value from_json(context& run, const value& in, const call_arguments& /*with*/) {
  const auto* text = text_of(in);
  const auto read = text == nullptr ? result<json::value>(error{}) : json::parse(*text);
  return read ? run.from_json(*read)
              : run.fail("gives from_json what is not JSON (" + read.err().text + "); correct it");
}

value lower(context& run, const value& in, const call_arguments& /*with*/) {
  return run.make_text(to_lower(to_text(run, in)));
}

value upper(context& run, const value& in, const call_arguments& /*with*/) {
  return run.make_text(to_upper(to_text(run, in)));
}

value capitalize(context& run, const value& in, const call_arguments& /*with*/) {
  return run.make_text(to_title(to_text(run, in), false));
}

/// Words begin after blanks, hyphens and opening brackets: not as the method of texts sees them.
value title(context& run, const value& in, const call_arguments& /*with*/) {
  const auto text = to_text(run, in);
  std::string out;
  bool inside = false;
  for (auto rest = std::string_view(text); !rest.empty();) {
    const auto next = utf8::first(rest);
    const auto character = rest.substr(0, next.bytes);
    const bool separates =
        is_space(next.point) || std::string_view("-({[<").find(character) != std::string_view::npos;
    out += inside ? to_lower(character) : to_upper(character);
    inside = !separates;
    rest.remove_prefix(next.bytes);
  }
  return run.make_text(std::move(out));
}

value replace(context& run, const value& in, const call_arguments& with) {
  const auto* from = with.get(0, "old");
  const auto* to = with.get(1, "new");
  if (from == nullptr || to == nullptr) {
    return run.fail("uses the filter replace without two texts; give it both");
  }
  return replaced(run, to_text(run, in), to_text(run, *from), to_text(run, *to),
                  with.integer(run, 2, "count", -1));
}

value indent(context& run, const value& in, const call_arguments& with) {
  const auto* width = with.get(0, "width");
  std::string blank;
  if (width != nullptr && text_of(*width) != nullptr) {
    blank = *text_of(*width);
  } else {
    blank.assign(static_cast<std::size_t>(
                     std::clamp<std::int64_t>(with.integer(run, 0, "width", 4), 0, 1'000)),
                 ' ');
  }
  const bool first = with.flag(1, "first", false);
  const bool blank_lines = with.flag(2, "blank", false);
  const auto text = to_text(run, in);
  std::string out = first ? blank : "";
  for (std::size_t at = 0; at < text.size() && out.size() <= run.limits.output_bytes; ++at) {
    out += text[at];
    if (text[at] == '\n' && (blank_lines || (at + 1 < text.size() && text[at + 1] != '\n'))) {
      out += blank;
    }
  }
  return run.make_text(std::move(out));
}

value undefined_number(context& run, const value& in) {
  return run.fail("makes a number of '" + std::string(std::get<undefined>(in).name)
                  + "', which is undefined; give it a default");
}

value to_integer(context& run, const value& in, const call_arguments& with) {
  if (is<undefined>(in)) {
    return undefined_number(run, in);
  }
  std::int64_t storage = 0;
  if (const auto* integer = integer_of(in, storage)) {
    return *integer;
  }
  auto number = number_of(in);
  if (const auto* text = text_of(in)) {
    const std::string trimmed(strip(*text, nullptr, true, true));
    char* end = nullptr;
    const auto read = std::strtod(trimmed.c_str(), &end);
    if (!trimmed.empty() && end == trimmed.c_str() + trimmed.size()) {
      number = read;
    }
  }
  if (!number || !(std::fabs(*number) < 9e18)) {
    return with.integer(run, 0, "default", 0);
  }
  return static_cast<std::int64_t>(*number);
}

value to_float(context& run, const value& in, const call_arguments& with) {
  if (is<undefined>(in)) {
    return undefined_number(run, in);
  }
  auto number = number_of(in);
  if (const auto* text = text_of(in)) {
    const std::string trimmed(strip(*text, nullptr, true, true));
    char* end = nullptr;
    const auto read = std::strtod(trimmed.c_str(), &end);
    if (!trimmed.empty() && end == trimmed.c_str() + trimmed.size()) {
      number = read;
    }
  }
  const auto* absent = with.get(0, "default");
  return number ? value(*number) : absent != nullptr ? *absent : value(0.0);
}

value absolute(context& run, const value& in, const call_arguments& /*with*/) {
  const auto number = number_of(in);
  return number && *number < 0 ? signed_value(run, "-", in) : signed_value(run, "+", in);
}

value round(context& run, const value& in, const call_arguments& with) {
  const auto number = number_of(in);
  if (!number) {
    return run.fail("rounds a " + std::string(type_name(in)) + "; give it a number");
  }
  const auto places =
      static_cast<int>(std::clamp<std::int64_t>(with.integer(run, 0, "precision", 0), 0, 17));
  const auto* method = with.text(run, 1, "method");
  if (method != nullptr && *method != "common") {
    const auto scale = std::pow(10.0, places);
    return (*method == "ceil" ? std::ceil(*number * scale) : std::floor(*number * scale)) / scale;
  }
  std::array<char, 400> digits{};
  std::snprintf(digits.data(), digits.size(), "%.*f", places, *number);
  return std::strtod(digits.data(), nullptr);
}

value items(context& run, const value& in, const call_arguments& /*with*/) {
  if (is<undefined>(in)) {
    return run.make_list({});
  }
  const auto* members = dict_of(in);
  return members == nullptr
             ? run.fail("takes the items of a " + std::string(type_name(in)) + "; give it a dict")
             : dict_items(run, *members);
}

value attribute(context& run, const value& in, const call_arguments& with) {
  const auto* name = with.text(run, 0, "name");
  return name == nullptr ? run.fail("uses the filter attr without a name; give it one")
                         : attribute_of(run, in, *name);
}

value escape(context& run, const value& in, const call_arguments& /*with*/) {
  std::string out;
  for (const char c : to_text(run, in)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return run.make_text(std::move(out));
}

struct entry {
  std::string_view name;
  filter_function run;
};

constexpr std::array<entry, 24> filters{
    {{"trim", trim},      {"string", string},   {"safe", same},
     {"length", length},  {"count", length},    {"default", fallback},
     {"d", fallback},     {"tojson", tojson},   {"from_json", from_json},
     {"lower", lower},    {"upper", upper},     {"capitalize", capitalize},
     {"title", title},    {"replace", replace}, {"indent", indent},
     {"int", to_integer}, {"float", to_float},  {"abs", absolute},
     {"round", round},    {"items", items},     {"attr", attribute},
     {"escape", escape},  {"e", escape},        {"fromjson", from_json}}};

} // namespace

filter_function find_value_filter(std::string_view name) {
  const auto* found = std::ranges::find(filters, name, &entry::name);
  return found == filters.end() ? nullptr : found->run;
}

} // namespace troupe::text::jinja
