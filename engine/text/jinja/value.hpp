// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::text::jinja {

struct list;
struct dict;
struct callable;
struct loop_state;

/// What a name that nobody set evaluates to: prints as nothing, is false and empty, and has no
/// attributes. `name` views the template.
struct undefined {
  std::string_view name;
};

struct none {};

using shared_text = std::shared_ptr<const std::string>;

/// A value while a template runs, with Python's meaning. Lists, dicts, callables and loops belong
/// to the run's `context` and live as long as it: a template may tie them into cycles.
using value = std::variant<undefined, none, bool, std::int64_t, double, shared_text, list*, dict*,
                           callable*, loop_state*>;

struct list {
  std::vector<value> items;
  bool is_tuple = false;
};

/// In order of insertion.
struct dict {
  std::vector<std::pair<value, value>> items;
  bool is_namespace = false;

  [[nodiscard]] value* find(std::string_view key);
  [[nodiscard]] value* find(const value& key);
  void set(const value& key, value item);
};

struct loop_state {
  const list* items = nullptr;
  std::size_t index0 = 0;
  value changed_before = undefined{};
};

template <class T>
[[nodiscard]] bool is(const value& v) {
  return std::holds_alternative<T>(v);
}

/// The text, or null where the value is of another type.
[[nodiscard]] const std::string* text_of(const value& v);
[[nodiscard]] const list* list_of(const value& v);
[[nodiscard]] const dict* dict_of(const value& v);
/// An int, or a bool as 0 or 1.
[[nodiscard]] const std::int64_t* integer_of(const value& v, std::int64_t& storage);

[[nodiscard]] bool truth_of(const value& v);
[[nodiscard]] std::string_view type_name(const value& v); ///< As Python's type(v).__name__.
/// Of scalars; containers are compared by operators.hpp, which can give up.
[[nodiscard]] bool equal_scalars(const value& a, const value& b);

} // namespace troupe::text::jinja
