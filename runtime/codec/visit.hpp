// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/error.hpp"
#include "runtime/base/hash.hpp"
#include "runtime/base/strong_id.hpp"
#include "runtime/codec/fields.hpp"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

/// Walks the fields of described structs: what encoder, decoder, printer and the bus share.
namespace troupe {

/// The field list of T: `T::fields()`, or a specialisation for a type that cannot have one.
template <class T>
struct fields_of;

template <described T>
struct fields_of<T> {
  static constexpr auto get() { return T::fields(); }
};

inline constexpr std::size_t error_text_bytes_max = 1024;

template <>
struct fields_of<error> {
  static constexpr auto get() {
    return std::tuple{field(1, "code", &error::code),
                      field(2, "text", &error::text, error_text_bytes_max),
                      field(3, "field", &error::field), field(4, "retryable", &error::retryable),
                      field(5, "retry_after_ms", &error::retry_after_ms)};
  }
};

template <class T>
concept has_fields = requires { fields_of<T>::get(); };

template <class T>
struct is_optional : std::false_type {};
template <class T>
struct is_optional<std::optional<T>> : std::true_type {};

template <class T>
struct is_vector : std::false_type {};
template <class T>
struct is_vector<std::vector<T>> : std::true_type {};

template <class T>
struct is_strong_id : std::false_type {};
template <class Tag, class Rep>
struct is_strong_id<strong_id<Tag, Rep>> : std::true_type {};

/// hash128 and the ids that wrap it; lists of them travel as one bin.
template <class T>
struct is_hash : std::is_same<T, hash128> {};
template <class Tag>
struct is_hash<strong_id<Tag, hash128>> : std::true_type {};

/// An enum that may cross the wire counts from 0 without gaps and names its last enumerator beside
/// its definition: `constexpr phase last_enumerator(phase) { return phase::stopped; }`. A reader
/// refuses higher numbers.
template <class T>
concept counted_enum = std::is_enum_v<T> && requires(T value) {
  { last_enumerator(value) } -> std::same_as<T>;
};

/// errc is open: a newer peer's codes pass, and row_of() treats them as `internal`.
template <class T>
concept open_enum = std::is_same_v<T, errc>;

/// Calls `visit(field_def)` for each field in order, until one returns false.
template <has_fields T, class Visit>
constexpr bool all_fields(Visit&& visit) {
  return std::apply([&](const auto&... fs) { return (visit(fs) && ...); }, fields_of<T>::get());
}

template <has_fields T>
constexpr std::size_t field_count() {
  return std::tuple_size_v<decltype(fields_of<T>::get())>;
}

/// Numbers are 1..127 and ascend.
template <has_fields T>
constexpr bool field_numbers_valid() {
  int before = 0;
  return all_fields<T>([&](const auto& f) {
    const bool fine = f.number > before && f.number <= 127;
    before = f.number;
    return fine;
  });
}

/// Equal in all fields, however deep; needs no operator==.
template <class T>
bool same_fields(const T& a, const T& b) {
  if constexpr (has_fields<T>) {
    return all_fields<T>([&](const auto& f) { return same_fields(a.*f.member, b.*f.member); });
  } else if constexpr (is_optional<T>::value) {
    return a.has_value() == b.has_value() && (!a || same_fields(*a, *b));
  } else if constexpr (is_vector<T>::value) {
    if (a.size() != b.size()) {
      return false;
    }
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!same_fields(a[i], b[i])) {
        return false;
      }
    }
    return true;
  } else {
    return a == b;
  }
}

/// Calls `visit(What&)` for every What inside `value`, in field order.
template <class What, class T, class Visit>
void for_each(T& value, Visit&& visit) {
  using plain = std::remove_const_t<T>;
  if constexpr (std::is_same_v<plain, What>) {
    visit(value);
  } else if constexpr (has_fields<plain>) {
    all_fields<plain>([&](const auto& f) {
      for_each<What>(value.*f.member, visit);
      return true;
    });
  } else if constexpr (is_optional<plain>::value) {
    if (value) {
      for_each<What>(*value, visit);
    }
  } else if constexpr (is_vector<plain>::value) {
    using item = typename plain::value_type;
    if constexpr (std::is_same_v<item, What> || has_fields<item> || is_vector<item>::value) {
      for (auto& each : value) {
        for_each<What>(each, visit);
      }
    }
  }
}

} // namespace troupe
