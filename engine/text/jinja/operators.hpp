// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/jinja/context.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::text::jinja {

/// Python's operators over values. All fail through the context and then give undefined or false.

/// str(v); repr(v) inside containers.
void append_text(context& run, std::string& out, const value& v);
void append_repr(context& run, std::string& out, const value& v);
[[nodiscard]] std::string to_text(context& run, const value& v);

/// json.dumps(v) as chat templates get it: no ASCII escapes, order of insertion.
struct json_options {
  std::optional<std::string> indent; ///< Of each level; absent: one line.
  bool ascii = false;
  bool sort_names = false;
  std::string item_separator;
  std::string name_separator;
};
[[nodiscard]] value to_json(context& run, const value& v, const json_options& options);

[[nodiscard]] bool equal(context& run, const value& a, const value& b);
/// Less than zero, zero or more; fails for types without order.
[[nodiscard]] int compare(context& run, const value& a, const value& b);
[[nodiscard]] bool contains(context& run, const value& container, const value& item);
[[nodiscard]] value binary(context& run, std::string_view op, const value& a, const value& b);
[[nodiscard]] value signed_value(context& run, std::string_view sign, const value& v);

/// The member of this key, or null. Cost: the keys looked at, each as long as the one looked for.
[[nodiscard]] value* find_member(context& run, dict& members, const value& key);
[[nodiscard]] const value* find_member(context& run, const dict& members, const value& key);
void set_member(context& run, dict& members, const value& key, value item);

/// Where `part` begins in `text` at or after `from`; npos where it does not. Linear: a template
/// chooses both.
[[nodiscard]] std::size_t find_text(std::string_view text, std::string_view part,
                                    std::size_t from = 0);

/// The items of an iterable: characters of a text, keys of a dict.
[[nodiscard]] std::vector<value> items_of(context& run, const value& v);
[[nodiscard]] value length_of(context& run, const value& v);
[[nodiscard]] value item_of(context& run, const value& object, const value& key);
[[nodiscard]] value slice_of(context& run, const value& object, const value& start,
                             const value& stop, const value& step);
[[nodiscard]] value attribute_of(context& run, const value& object, std::string_view name);
/// "a.b.0": attributes and indices, as the filters map and sort take them.
[[nodiscard]] value path_of(context& run, const value& object, std::string_view path);

[[nodiscard]] std::optional<double> number_of(const value& v);

} // namespace troupe::text::jinja
