// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/value.hpp"

#include <algorithm>
#include <array>

namespace troupe::json {

std::string_view name_of(kind what) {
  static constexpr std::array<std::string_view, 7> names{
      "null", "a boolean", "an integer", "a number", "a string", "an array", "an object"};
  return names.at(static_cast<std::size_t>(what));
}

value::value() noexcept = default;
value::value(std::nullptr_t) noexcept {
}
value::value(bool b) noexcept : data_(b) {
}
value::value(double number) noexcept : data_(number) {
}
value::value(const char* text) : data_(std::string(text)) {
}
value::value(std::string_view text) : data_(std::string(text)) {
}
value::value(std::string text) noexcept : data_(std::move(text)) {
}
value::value(array items) noexcept : data_(std::move(items)) {
}
value::value(object members) noexcept : data_(std::move(members)) {
}
value::value(const value& other) = default;
value::value(value&& other) noexcept = default;
value& value::operator=(const value& other) = default;
value& value::operator=(value&& other) noexcept = default;
value::~value() = default;

std::optional<double> value::as_number() const {
  if (const auto* integer = as_integer()) {
    return static_cast<double>(*integer);
  }
  if (const auto* number = std::get_if<double>(&data_)) {
    return *number;
  }
  return std::nullopt;
}

const value* value::find(std::string_view name) const {
  const auto* members = as_object();
  if (members == nullptr) {
    return nullptr;
  }
  const auto at = std::ranges::find(*members, name, &member::name);
  return at == members->end() ? nullptr : &at->item;
}

value* value::find(std::string_view name) {
  return const_cast<value*>(std::as_const(*this).find(name));
}

value& value::set(std::string_view name, value item) {
  if (as_object() == nullptr) {
    data_ = object{};
  }
  if (auto* existing = find(name)) {
    *existing = std::move(item);
  } else {
    as_object()->push_back({std::string(name), std::move(item)});
  }
  return *this;
}

value& value::push_back(value item) {
  if (as_array() == nullptr) {
    data_ = array{};
  }
  as_array()->push_back(std::move(item));
  return *this;
}

namespace {

bool equal_members(const value::object& a, const value& b) {
  return a.size() == b.as_object()->size() && std::ranges::all_of(a, [&](const member& one) {
           const auto* other = b.find(one.name);
           return other != nullptr && *other == one.item;
         });
}

} // namespace

bool operator==(const value& a, const value& b) {
  if (a.type() != b.type()) {
    const auto x = a.as_number();
    return x.has_value() && x == b.as_number();
  }
  if (const auto* members = a.as_object()) {
    return equal_members(*members, b);
  }
  if (const auto* items = a.as_array()) {
    return *items == *b.as_array();
  }
  if (const auto* text = a.as_string()) {
    return *text == *b.as_string();
  }
  if (const auto* flag = a.as_bool()) {
    return *flag == *b.as_bool();
  }
  if (const auto* integer = a.as_integer()) {
    return *integer == *b.as_integer();
  }
  return a.as_number() == b.as_number();
}

value object_of(std::vector<std::pair<std::string_view, value>> members) {
  value::object out;
  out.reserve(members.size());
  for (auto& [name, item] : members) {
    out.push_back({std::string(name), std::move(item)});
  }
  return out;
}

} // namespace troupe::json
