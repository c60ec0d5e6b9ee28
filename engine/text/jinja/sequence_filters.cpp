// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/filters.hpp"
#include "engine/text/jinja/operators.hpp"
#include "engine/text/unicode.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <string>

namespace troupe::text::jinja {

namespace {

value list_filter(context& run, const value& in, const call_arguments& /*with*/) {
  return run.make_list(items_of(run, in));
}

value join(context& run, const value& in, const call_arguments& with) {
  const auto* between = with.get(0, "d");
  const auto* attribute = with.text(run, 1, "attribute");
  const auto separator = between == nullptr ? std::string() : to_text(run, *between);
  std::string out;
  bool first = true;
  for (const auto& item : items_of(run, in)) {
    out += first ? "" : separator;
    first = false;
    append_text(run, out, attribute == nullptr ? item : path_of(run, item, *attribute));
    if (out.size() > run.limits.output_bytes) {
      break;
    }
  }
  return run.make_text(std::move(out));
}

template <bool last>
value end_item(context& run, const value& in, const call_arguments& /*with*/) {
  const auto items = items_of(run, in);
  return items.empty() ? value(undefined{last ? "last" : "first"})
         : last        ? items.back()
                       : items.front();
}

value reverse(context& run, const value& in, const call_arguments& /*with*/) {
  if (text_of(in) != nullptr) {
    return slice_of(run, in, none{}, none{}, std::int64_t{-1});
  }
  auto items = items_of(run, in);
  std::ranges::reverse(items);
  return run.make_list(std::move(items));
}

/// The arguments behind the first `skipped`, for the filter or test that is called per item.
call_arguments rest_of(const call_arguments& with, std::size_t skipped) {
  call_arguments out;
  for (auto at = skipped; at < with.positional.size(); ++at) {
    out.positional.push_back(with.positional[at]);
  }
  out.named = with.named;
  return out;
}

/// The argument `attribute`: a path, or an index.
std::optional<std::string> path_argument(context& run, const call_arguments& with,
                                         std::size_t place) {
  const auto* found = with.get(place, "attribute");
  if (found == nullptr || is<none>(*found)) {
    return std::nullopt;
  }
  return to_text(run, *found);
}

/// select and reject: by a test of the item, or of its attribute named first.
template <bool keep, bool by_attribute>
value select(context& run, const value& in, const call_arguments& with) {
  const std::size_t test_at = by_attribute ? 1 : 0;
  const auto attribute = by_attribute ? path_argument(run, with, 0) : std::nullopt;
  const auto* test = with.text(run, test_at, "test");
  if (by_attribute && !attribute) {
    return run.fail("selects by an attribute without naming it; name it");
  }
  if (test != nullptr && !is_test(*test)) {
    return run.fail("selects by the unknown test " + *test + "; replace it");
  }
  const auto rest = rest_of(with, test_at + 1);
  std::vector<value> out;
  for (const auto& item : items_of(run, in)) {
    const auto subject = by_attribute ? path_of(run, item, *attribute) : item;
    const bool holds = test == nullptr ? truth_of(subject) : call_test(run, *test, subject, rest);
    if (holds == keep) {
      out.push_back(item);
    }
  }
  return run.make_list(std::move(out));
}

value map(context& run, const value& in, const call_arguments& with) {
  const auto attribute = path_argument(run, with, 99);
  const auto* name = attribute ? nullptr : with.text(run, 0, "filter");
  if (!attribute && (name == nullptr || !is_filter(*name))) {
    return run.fail("maps without an attribute or a known filter; name one");
  }
  const auto* absent = with.get(99, "default");
  const auto rest = rest_of(with, 1);
  std::vector<value> out;
  for (const auto& item : items_of(run, in)) {
    auto mapped = attribute ? path_of(run, item, *attribute) : call_filter(run, *name, item, rest);
    if (is<undefined>(mapped) && absent != nullptr) {
      mapped = *absent;
    }
    out.push_back(std::move(mapped));
  }
  return run.make_list(std::move(out));
}

/// What is compared: texts in lower case unless `case_sensitive`.
value sort_key(context& run, const value& item, const std::optional<std::string>& attribute,
               bool case_sensitive) {
  auto key = attribute ? path_of(run, item, *attribute) : item;
  const auto* text = text_of(key);
  return text == nullptr || case_sensitive ? key : run.make_text(to_lower(*text));
}

/// One key, or of "a,b" a list of them.
value sort_keys(context& run, const value& item, const std::optional<std::string>& attributes,
                bool case_sensitive) {
  if (!attributes || attributes->find(',') == std::string::npos) {
    return sort_key(run, item, attributes, case_sensitive);
  }
  std::vector<value> keys;
  for (std::size_t begin = 0; begin <= attributes->size() && run.ok();) {
    const auto end = std::min(attributes->find(',', begin), attributes->size());
    keys.push_back(sort_key(run, item, attributes->substr(begin, end - begin), case_sensitive));
    begin = end + 1;
  }
  return run.make_list(std::move(keys));
}

value sorted(context& run, std::vector<value> items, const std::optional<std::string>& attributes,
             bool case_sensitive, bool reverse) {
  std::vector<std::pair<value, value>> keyed;
  for (auto& item : items) {
    auto key = sort_keys(run, item, attributes, case_sensitive);
    keyed.emplace_back(std::move(key), std::move(item));
  }
  // An order is asked for even after a failure, so that the algorithm always has one.
  std::ranges::stable_sort(keyed, [&](const auto& a, const auto& b) {
    const auto order = compare(run, a.first, b.first);
    return run.ok() && (reverse ? order > 0 : order < 0);
  });
  items.clear();
  for (auto& one : keyed) {
    items.push_back(std::move(one.second));
  }
  return run.make_list(std::move(items));
}

value sort(context& run, const value& in, const call_arguments& with) {
  return sorted(run, items_of(run, in), path_argument(run, with, 2),
                with.flag(1, "case_sensitive", false), with.flag(0, "reverse", false));
}

value dictsort(context& run, const value& in, const call_arguments& with) {
  const auto* members = dict_of(in);
  if (members == nullptr) {
    return run.fail("sorts a " + std::string(type_name(in)) + " as a dict; give it one");
  }
  std::vector<value> items;
  for (const auto& [name, item] : members->items) {
    items.push_back(run.make_list({name, item}, true));
  }
  const auto* by = with.text(run, 1, "by");
  const std::string index = by != nullptr && *by == "value" ? "1" : "0";
  return sorted(run, std::move(items), index, with.flag(0, "case_sensitive", false),
                with.flag(2, "reverse", false));
}

value unique(context& run, const value& in, const call_arguments& with) {
  const auto attribute = path_argument(run, with, 1);
  const bool case_sensitive = with.flag(0, "case_sensitive", false);
  std::vector<value> keys;
  std::vector<value> out;
  for (const auto& item : items_of(run, in)) {
    if (!run.ok()) {
      break;
    }
    auto key = sort_key(run, item, attribute, case_sensitive);
    if (std::ranges::none_of(keys, [&](const value& seen) { return equal(run, seen, key); })) {
      keys.push_back(std::move(key));
      out.push_back(item);
    }
  }
  return run.make_list(std::move(out));
}

value sum(context& run, const value& in, const call_arguments& with) {
  const auto* attribute = with.text(run, 0, "attribute");
  const auto* start = with.get(1, "start");
  auto out = start == nullptr ? value(std::int64_t{0}) : *start;
  for (const auto& item : items_of(run, in)) {
    out = binary(run, "+", out, attribute == nullptr ? item : path_of(run, item, *attribute));
  }
  return out;
}

template <bool largest>
value extreme(context& run, const value& in, const call_arguments& /*with*/) {
  value out = undefined{largest ? "max" : "min"};
  for (const auto& item : items_of(run, in)) {
    if (is<undefined>(out) || (compare(run, item, out) > 0) == largest) {
      out = is<undefined>(out) || compare(run, item, out) != 0 ? item : out;
    }
  }
  return out;
}

struct entry {
  std::string_view name;
  filter_function run;
};

constexpr std::array<entry, 16> filters{{{"list", list_filter},
                                         {"join", join},
                                         {"first", end_item<false>},
                                         {"last", end_item<true>},
                                         {"reverse", reverse},
                                         {"select", select<true, false>},
                                         {"reject", select<false, false>},
                                         {"selectattr", select<true, true>},
                                         {"rejectattr", select<false, true>},
                                         {"map", map},
                                         {"sort", sort},
                                         {"dictsort", dictsort},
                                         {"unique", unique},
                                         {"sum", sum},
                                         {"min", extreme<false>},
                                         {"max", extreme<true>}}};

} // namespace

filter_function find_sequence_filter(std::string_view name) {
  const auto* found = std::ranges::find(filters, name, &entry::name);
  return found == filters.end() ? nullptr : found->run;
}

bool is_filter(std::string_view name) {
  return find_value_filter(name) != nullptr || find_sequence_filter(name) != nullptr;
}

value call_filter(context& run, std::string_view name, const value& in,
                  const call_arguments& with) {
  const nesting level(run);
  const auto* text = text_of(in);
  if (!run.spend(1) || (text != nullptr && !run.spend_bytes(text->size()))) {
    return undefined{};
  }
  const auto found = find_value_filter(name);
  return found != nullptr ? found(run, in, with) : find_sequence_filter(name)(run, in, with);
}

} // namespace troupe::text::jinja
