// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"
#include "runtime/json/read.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>

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

value tojson(context& run, const value& in, const call_arguments& with) {
  json_options options;
  options.indent =
      static_cast<int>(std::clamp<std::int64_t>(with.integer(run, 4, "indent", -1), -1, 64));
  options.ascii = with.flag(99, "ensure_ascii", false);
  options.sort_names = with.flag(99, "sort_keys", false);
  options.item_separator = options.indent >= 0 ? "," : ", ";
  options.name_separator = ": ";
  if (const auto* separators = with.get(99, "separators");
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

value title(context& run, const value& in, const call_arguments& /*with*/) {
  return run.make_text(to_title(to_text(run, in), true));
}

value replace(context& run, const value& in, const call_arguments& with) {
  const auto* from = with.text(run, 0, "old");
  const auto* to = with.text(run, 1, "new");
  if (from == nullptr || to == nullptr) {
    return run.fail("uses the filter replace without two texts; give it both");
  }
  return replaced(run, to_text(run, in), *from, *to, with.integer(run, 2, "count", -1));
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

value to_integer(context& run, const value& in, const call_arguments& with) {
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
  static_cast<void>(run);
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
