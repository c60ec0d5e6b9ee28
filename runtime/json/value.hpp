// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace troupe::json {

struct member;

/// The order is that of the alternatives inside `value`.
enum class kind : std::uint8_t { null, boolean, integer, number, string, array, object };

[[nodiscard]] std::string_view name_of(kind what); ///< "a string", "an object", ...

/// A JSON value, owning its parts. Integers that fit int64 stay integers, everything else numeric
/// is a double. Objects keep the order of insertion; names are unique where `parse` or `set` made
/// the object.
/// Thread: as a std container.
/// Cost: find is linear in the members, meant for objects that people write; iterate large ones.
/// Checked: test/unit/json/value_test.cpp
class value {
public:
  using array = std::vector<value>;
  using object = std::vector<member>;

  // Defined where `member` is complete: clang needs that of a variant's constructor and destructor.
  value() noexcept; ///< null
  value(std::nullptr_t) noexcept;
  value(bool b) noexcept;
  template <std::integral T>
    requires(!std::same_as<T, bool>)
  value(T number);
  value(double number) noexcept;
  value(const char* text);
  value(std::string_view text);
  value(std::string text) noexcept;
  value(array items) noexcept;
  value(object members) noexcept;

  value(const value& other);
  value(value&& other) noexcept;
  value& operator=(const value& other);
  value& operator=(value&& other) noexcept;
  ~value();

  [[nodiscard]] kind type() const { return static_cast<kind>(data_.index()); }
  [[nodiscard]] bool is_null() const { return type() == kind::null; }

  /// Null where the value is of another kind.
  [[nodiscard]] const bool* as_bool() const { return std::get_if<bool>(&data_); }
  [[nodiscard]] const std::int64_t* as_integer() const { return std::get_if<std::int64_t>(&data_); }
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const array* as_array() const { return std::get_if<array>(&data_); }
  [[nodiscard]] const object* as_object() const { return std::get_if<object>(&data_); }
  [[nodiscard]] std::string* as_string() { return std::get_if<std::string>(&data_); }
  [[nodiscard]] array* as_array() { return std::get_if<array>(&data_); }
  [[nodiscard]] object* as_object() { return std::get_if<object>(&data_); }
  /// An integer or a number, as a double.
  [[nodiscard]] std::optional<double> as_number() const;

  /// The member of this name; null where there is none or this is no object.
  [[nodiscard]] const value* find(std::string_view name) const;
  [[nodiscard]] value* find(std::string_view name);

  /// Replaces or appends a member; anything but an object becomes an object first.
  value& set(std::string_view name, value item);
  /// Appends to an array; anything but an array becomes an empty array first.
  value& push_back(value item);

  /// Objects are equal if they have the same members, in any order; 1 equals 1.0.
  friend bool operator==(const value& a, const value& b);

private:
  using storage =
      std::variant<std::monostate, bool, std::int64_t, double, std::string, array, object>;

  storage data_;
};

struct member {
  std::string name;
  value item;
};

template <std::integral T>
  requires(!std::same_as<T, bool>)
value::value(T number) {
  if (std::in_range<std::int64_t>(number)) {
    data_ = static_cast<std::int64_t>(number);
  } else {
    data_ = static_cast<double>(number);
  }
}

/// An object in the given order.
[[nodiscard]] value object_of(std::vector<std::pair<std::string_view, value>> members);

} // namespace troupe::json
