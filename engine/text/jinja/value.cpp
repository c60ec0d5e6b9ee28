// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/jinja/value.hpp"

#include <array>
#include <optional>

namespace troupe::text::jinja {

value* dict::find(std::string_view key) {
  for (auto& [name, item] : items) {
    const auto* text = text_of(name);
    if (text != nullptr && *text == key) {
      return &item;
    }
  }
  return nullptr;
}

value* dict::find(const value& key) {
  for (auto& [name, item] : items) {
    if (equal_scalars(name, key)) {
      return &item;
    }
  }
  return nullptr;
}

void dict::set(const value& key, value item) {
  if (auto* existing = find(key)) {
    *existing = std::move(item);
  } else {
    items.emplace_back(key, std::move(item));
  }
}

const std::string* text_of(const value& v) {
  const auto* text = std::get_if<shared_text>(&v);
  return text == nullptr ? nullptr : text->get();
}

const list* list_of(const value& v) {
  const auto* found = std::get_if<list*>(&v);
  return found == nullptr ? nullptr : *found;
}

const dict* dict_of(const value& v) {
  const auto* found = std::get_if<dict*>(&v);
  return found == nullptr || (*found)->is_namespace ? nullptr : *found;
}

const std::int64_t* integer_of(const value& v, std::int64_t& storage) {
  if (const auto* flag = std::get_if<bool>(&v)) {
    storage = *flag ? 1 : 0;
    return &storage;
  }
  return std::get_if<std::int64_t>(&v);
}

bool truth_of(const value& v) {
  if (const auto* text = text_of(v)) {
    return !text->empty();
  }
  if (const auto* items = list_of(v)) {
    return !items->items.empty();
  }
  if (const auto* members = dict_of(v)) {
    return !members->items.empty();
  }
  if (const auto* number = std::get_if<double>(&v)) {
    return *number != 0;
  }
  std::int64_t storage = 0;
  if (const auto* integer = integer_of(v, storage)) {
    return *integer != 0;
  }
  return !is<undefined>(v) && !is<none>(v);
}

std::string_view type_name(const value& v) {
  static constexpr std::array<std::string_view, 10> names{
      "Undefined", "NoneType", "bool", "int", "float", "str", "list", "dict", "function", "loop"};
  if (const auto* items = list_of(v); items != nullptr && items->is_tuple) {
    return "tuple";
  }
  return is<dict*>(v) && dict_of(v) == nullptr ? "namespace" : names.at(v.index());
}

namespace {

std::optional<double> number_of(const value& v) {
  std::int64_t storage = 0;
  if (const auto* integer = integer_of(v, storage)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&v);
  return number == nullptr ? std::nullopt : std::optional(*number);
}

} // namespace

bool equal_scalars(const value& a, const value& b) {
  std::int64_t left_storage = 0;
  std::int64_t right_storage = 0;
  const auto* left = integer_of(a, left_storage);
  const auto* right = integer_of(b, right_storage);
  if (left != nullptr && right != nullptr) {
    return *left == *right;
  }
  if (const auto number = number_of(a)) {
    return number == number_of(b);
  }
  if (const auto* text = text_of(a)) {
    const auto* other = text_of(b);
    return other != nullptr && *text == *other;
  }
  if (a.index() != b.index()) {
    return false;
  }
  if (const auto* items = std::get_if<list*>(&a)) {
    return *items == *std::get_if<list*>(&b);
  }
  if (const auto* members = std::get_if<dict*>(&a)) {
    return *members == *std::get_if<dict*>(&b);
  }
  return is<undefined>(a) || is<none>(a);
}

} // namespace troupe::text::jinja
