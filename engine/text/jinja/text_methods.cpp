// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/text_methods.hpp"

#include "engine/text/jinja/methods.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>

namespace troupe::text::jinja {

namespace {

using method = value (*)(context&, const std::string&, const call_arguments&);

value make(context& run, std::string_view text) {
  return run.make_text(std::string(text));
}

/// Words between runs of blanks; after `most` cuts the rest is one word.
value split_blanks(context& run, std::string_view rest, std::int64_t most) {
  std::vector<value> out;
  rest = strip(rest, nullptr, true, false);
  while (!rest.empty() && run.ok()) {
    if (most >= 0 && static_cast<std::int64_t>(out.size()) == most) {
      out.push_back(make(run, rest));
      break;
    }
    std::size_t end = 0;
    while (end < rest.size() && !is_space(utf8::first(rest.substr(end)).point)) {
      end += utf8::first(rest.substr(end)).bytes;
    }
    out.push_back(make(run, rest.substr(0, end)));
    rest = strip(rest.substr(end), nullptr, true, false);
  }
  return run.make_list(std::move(out));
}

value split(context& run, const std::string& text, const call_arguments& with) {
  const auto* separator = with.text(run, 0, "sep");
  const auto most = with.integer(run, 1, "maxsplit", -1);
  if (separator == nullptr) {
    return split_blanks(run, text, most);
  }
  if (separator->empty()) {
    return run.fail("splits at an empty text; give it a separator");
  }
  std::vector<value> out;
  std::size_t done = 0;
  auto found = find_text(text, *separator);
  while (found != std::string::npos && run.ok()
         && (most < 0 || static_cast<std::int64_t>(out.size()) < most)) {
    out.push_back(make(run, std::string_view(text).substr(done, found - done)));
    done = found + separator->size();
    found = find_text(text, *separator, done);
  }
  out.push_back(make(run, std::string_view(text).substr(done)));
  return run.make_list(std::move(out));
}

value rsplit(context& run, const std::string& text, const call_arguments& with) {
  const auto* separator = with.text(run, 0, "sep");
  const auto most = with.integer(run, 1, "maxsplit", -1);
  if (separator == nullptr || separator->empty()) {
    return run.fail("uses rsplit without a separator, which is not supported; give it one");
  }
  std::vector<value> out;
  std::string_view rest = text;
  // Going backwards may look at every byte of the separator at every place.
  run.spend_bytes(text.size() * (1 + separator->size() / 64));
  for (auto found = rest.rfind(*separator);
       found != std::string_view::npos && run.ok()
       && (most < 0 || static_cast<std::int64_t>(out.size()) < most);
       found = rest.rfind(*separator)) {
    out.push_back(make(run, rest.substr(found + separator->size())));
    rest = rest.substr(0, found);
  }
  out.push_back(make(run, rest));
  std::ranges::reverse(out);
  return run.make_list(std::move(out));
}

value splitlines(context& run, const std::string& text, const call_arguments& /*with*/) {
  std::vector<value> out;
  std::string_view rest = text;
  while (!rest.empty() && run.ok()) {
    const auto end = std::min(rest.find_first_of("\n\r\v\f"), rest.size());
    out.push_back(make(run, rest.substr(0, end)));
    rest.remove_prefix(end);
    rest.remove_prefix(rest.starts_with("\r\n") ? 2 : rest.empty() ? 0 : 1);
  }
  return run.make_list(std::move(out));
}

template <bool left, bool right>
value strip_method(context& run, const std::string& text, const call_arguments& with) {
  return make(run, strip(text, with.text(run, 0, "chars"), left, right));
}

template <bool at_start>
value has_affix(context& run, const std::string& text, const call_arguments& with) {
  const auto fits = [&](const value& affix) {
    const auto* part = text_of(affix);
    if (part == nullptr) {
      run.fail("compares the ends of a text with a " + std::string(type_name(affix))
               + "; give it texts");
      return false;
    }
    return at_start ? text.starts_with(*part) : text.ends_with(*part);
  };
  const auto* affix = with.get(0, "prefix");
  if (affix == nullptr) {
    return run.fail("calls startswith or endswith without a text; give it one");
  }
  if (const auto* several = list_of(*affix)) {
    return std::ranges::any_of(several->items, fits);
  }
  return fits(*affix);
}

template <bool at_start>
value remove_affix(context& run, const std::string& text, const call_arguments& with) {
  const auto* affix = with.text(run, 0, "prefix");
  std::string_view out = text;
  if (affix != nullptr && at_start && out.starts_with(*affix)) {
    out.remove_prefix(affix->size());
  } else if (affix != nullptr && !at_start && out.ends_with(*affix)) {
    out.remove_suffix(affix->size());
  }
  return make(run, out);
}

value lower(context& run, const std::string& text, const call_arguments& /*with*/) {
  return run.make_text(to_lower(text));
}

value upper(context& run, const std::string& text, const call_arguments& /*with*/) {
  return run.make_text(to_upper(text));
}

value title(context& run, const std::string& text, const call_arguments& /*with*/) {
  return run.make_text(to_title(text, true));
}

value capitalize(context& run, const std::string& text, const call_arguments& /*with*/) {
  return run.make_text(to_title(text, false));
}

value replace(context& run, const std::string& text, const call_arguments& with) {
  const auto* from = with.text(run, 0, "old");
  const auto* to = with.text(run, 1, "new");
  if (from == nullptr || to == nullptr) {
    return run.fail("calls replace without two texts; give it both");
  }
  return replaced(run, text, *from, *to, with.integer(run, 2, "count", -1));
}

value join(context& run, const std::string& text, const call_arguments& with) {
  std::string out;
  bool first = true;
  for (const auto& item :
       items_of(run, with.positional.empty() ? value(undefined{}) : with.positional[0])) {
    if (text_of(item) == nullptr) {
      return run.fail("joins a " + std::string(type_name(item)) + "; join texts");
    }
    out += first ? "" : text;
    first = false;
    append_text(run, out, item);
    if (out.size() > run.limits.output_bytes) {
      break;
    }
  }
  return run.make_text(std::move(out));
}

template <bool last>
value find(context& run, const std::string& text, const call_arguments& with) {
  const auto* part = with.text(run, 0, "sub");
  if (last && part != nullptr) {
    run.spend_bytes(text.size() * (1 + part->size() / 64));
  }
  const auto at = part == nullptr ? std::string::npos
                  : last          ? text.rfind(*part)
                                  : find_text(text, *part);
  return at == std::string::npos
             ? std::int64_t{-1}
             : static_cast<std::int64_t>(utf8::count(std::string_view(text).substr(0, at)));
}

value count(context& run, const std::string& text, const call_arguments& with) {
  const auto* part = with.text(run, 0, "sub");
  std::int64_t out = 0;
  if (part == nullptr || part->empty()) {
    return run.fail("counts an empty text; give it one");
  }
  for (auto at = find_text(text, *part); at != std::string::npos;
       at = find_text(text, *part, at + part->size())) {
    ++out;
  }
  return out;
}

template <bool (*holds)(char32_t)>
value all_are(context& /*run*/, const std::string& text, const call_arguments& /*with*/) {
  for (auto rest = std::string_view(text); !rest.empty();) {
    const auto next = utf8::first(rest);
    if (!holds(next.point)) {
      return false;
    }
    rest.remove_prefix(next.bytes);
  }
  return !text.empty();
}

template <bool lower_case>
value has_case(context& /*run*/, const std::string& text, const call_arguments& /*with*/) {
  return text == (lower_case ? to_lower(text) : to_upper(text)) && to_lower(text) != to_upper(text);
}

struct entry {
  std::string_view name;
  method run;
};

constexpr std::array<entry, 26> methods{{{"split", split},
                                         {"rsplit", rsplit},
                                         {"splitlines", splitlines},
                                         {"strip", strip_method<true, true>},
                                         {"lstrip", strip_method<true, false>},
                                         {"rstrip", strip_method<false, true>},
                                         {"startswith", has_affix<true>},
                                         {"endswith", has_affix<false>},
                                         {"removeprefix", remove_affix<true>},
                                         {"removesuffix", remove_affix<false>},
                                         {"lower", lower},
                                         {"upper", upper},
                                         {"title", title},
                                         {"capitalize", capitalize},
                                         {"replace", replace},
                                         {"join", join},
                                         {"find", find<false>},
                                         {"rfind", find<true>},
                                         {"count", count},
                                         {"isdigit", all_are<is_digit>},
                                         {"isdecimal", all_are<is_digit>},
                                         {"isnumeric", all_are<is_digit>},
                                         {"isalpha", all_are<is_letter>},
                                         {"isspace", all_are<is_space>},
                                         {"islower", has_case<true>},
                                         {"isupper", has_case<false>}}};

} // namespace

std::string_view text_method_name(std::string_view name) {
  const auto* found = std::ranges::find(methods, name, &entry::name);
  return found == methods.end() ? std::string_view() : found->name;
}

value call_text_method(context& run, const std::string& text, std::string_view name,
                       const call_arguments& with) {
  run.spend(1 + text.size() / 16);
  return std::ranges::find(methods, name, &entry::name)->run(run, text, with);
}

} // namespace troupe::text::jinja
