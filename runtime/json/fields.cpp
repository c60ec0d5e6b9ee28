// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/fields.hpp"

#include "runtime/json/write.hpp"

#include <algorithm>

namespace troupe::json {

namespace {

const value null_value;
const value::array no_items;

std::string text_of(double number) {
  std::string out;
  append_number(out, number);
  return out;
}

} // namespace

void complaints::add(errc code, const std::string& path, const std::string& what) {
  if (!first_) {
    first_ = error{code, path.empty() ? what : path + ": " + what, path};
  }
}

object_reader::object_reader(const value& from, std::string path, complaints& wrong)
    : from_(&from), path_(std::move(path)), wrong_(&wrong) {
  if (from.as_object() == nullptr) {
    wrong_->add(errc::invalid_value, path_,
                "expected an object, got " + std::string(name_of(from.type()))
                    + "; write {\"name\": ...}");
    from_ = &null_value;
  }
}

const value* object_reader::find(std::string_view name) const {
  const auto* item = from_->find(name);
  return item == nullptr || item->is_null() ? nullptr : item;
}

std::string object_reader::path_of(std::string_view name) const {
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

void object_reader::complain(std::string_view name, const std::string& what) const {
  wrong_->add(errc::invalid_value, path_of(name), what);
}

void object_reader::expect(std::string_view name, kind what, const value& got) const {
  complain(name, "expected " + std::string(name_of(what)) + ", got "
                     + std::string(name_of(got.type())) + "; correct its type");
}

const value& object_reader::required(std::string_view name) const {
  if (const auto* item = find(name)) {
    return *item;
  }
  complain(name, from_->find(name) != nullptr ? "is null but required; give it a value"
                                              : "is missing but required; add it");
  return null_value;
}

std::optional<std::string> object_reader::maybe_string(std::string_view name) const {
  const auto* item = find(name);
  if (item == nullptr) {
    return std::nullopt;
  }
  if (const auto* text = item->as_string()) {
    return *text;
  }
  expect(name, kind::string, *item);
  return std::nullopt;
}

std::optional<std::int64_t> object_reader::maybe_integer(std::string_view name,
                                                         integer_range range) const {
  const auto* item = find(name);
  if (item == nullptr) {
    return std::nullopt;
  }
  const auto* integer = item->as_integer();
  if (integer == nullptr) {
    expect(name, kind::integer, *item);
    return std::nullopt;
  }
  if (*integer < range.min || *integer > range.max) {
    complain(name, "is " + std::to_string(*integer) + "; give a value from "
                       + std::to_string(range.min) + " to " + std::to_string(range.max));
    return std::nullopt;
  }
  return *integer;
}

std::optional<double> object_reader::maybe_number(std::string_view name, number_range range) const {
  const auto* item = find(name);
  if (item == nullptr) {
    return std::nullopt;
  }
  const auto number = item->as_number();
  if (!number) {
    expect(name, kind::number, *item);
    return std::nullopt;
  }
  if (!(*number >= range.min && *number <= range.max)) {
    complain(name, "is " + text_of(*number) + "; give a value from " + text_of(range.min) + " to "
                       + text_of(range.max));
    return std::nullopt;
  }
  return number;
}

std::optional<bool> object_reader::maybe_boolean(std::string_view name) const {
  const auto* item = find(name);
  if (item == nullptr) {
    return std::nullopt;
  }
  if (const auto* flag = item->as_bool()) {
    return *flag;
  }
  expect(name, kind::boolean, *item);
  return std::nullopt;
}

const value::array* object_reader::maybe_array(std::string_view name) const {
  const auto* item = find(name);
  if (item != nullptr && item->as_array() == nullptr) {
    expect(name, kind::array, *item);
  }
  return item == nullptr ? nullptr : item->as_array();
}

std::optional<object_reader> object_reader::maybe_object(std::string_view name) const {
  const auto* item = find(name);
  if (item == nullptr) {
    return std::nullopt;
  }
  return object_reader(*item, path_of(name), *wrong_);
}

std::string object_reader::string(std::string_view name) const {
  static_cast<void>(required(name));
  return maybe_string(name).value_or("");
}

std::int64_t object_reader::integer(std::string_view name, integer_range range) const {
  static_cast<void>(required(name));
  return maybe_integer(name, range).value_or(std::clamp<std::int64_t>(0, range.min, range.max));
}

double object_reader::number(std::string_view name, number_range range) const {
  static_cast<void>(required(name));
  return maybe_number(name, range).value_or(std::clamp(0.0, range.min, range.max));
}

bool object_reader::boolean(std::string_view name) const {
  static_cast<void>(required(name));
  return maybe_boolean(name).value_or(false);
}

const value::array& object_reader::array(std::string_view name) const {
  static_cast<void>(required(name));
  const auto* items = maybe_array(name);
  return items == nullptr ? no_items : *items;
}

object_reader object_reader::object(std::string_view name) const {
  return {required(name), path_of(name), *wrong_};
}

std::string object_reader::string_or(std::string_view name, std::string_view absent) const {
  return maybe_string(name).value_or(std::string(absent));
}

std::int64_t object_reader::integer_or(std::string_view name, std::int64_t absent,
                                       integer_range range) const {
  return maybe_integer(name, range).value_or(absent);
}

double object_reader::number_or(std::string_view name, double absent, number_range range) const {
  return maybe_number(name, range).value_or(absent);
}

bool object_reader::boolean_or(std::string_view name, bool absent) const {
  return maybe_boolean(name).value_or(absent);
}

void object_reader::refuse_unknown(std::initializer_list<std::string_view> known) const {
  const auto* members = from_->as_object();
  if (members == nullptr) {
    return;
  }
  for (const auto& one : *members) {
    if (std::ranges::find(known, one.name) == known.end()) {
      complain(one.name, "is not known here; remove it or correct its spelling");
      return;
    }
  }
}

std::string path_at(std::string_view path, std::size_t index) {
  return std::string(path) + "[" + std::to_string(index) + "]";
}

} // namespace troupe::json
