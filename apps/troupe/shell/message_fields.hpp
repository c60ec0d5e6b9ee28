// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"
#include "runtime/codec/type_names.hpp"
#include "runtime/codec/visit.hpp"
#include "runtime/json/value.hpp"

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

/// Described structs from and to JSON, for people: hashes and 64-bit ids are hex text, enums are
/// their names. Checked: test/unit/shell_command/message_text_test.cpp
namespace troupe::shell {

namespace fields_detail {

inline std::string hex_of(std::uint64_t word) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string out;
  for (int shift = 60; shift >= 0; shift -= 4) {
    out += digits[(word >> static_cast<unsigned>(shift)) & 0x0FU];
  }
  return out;
}

inline bool read_hex(std::string_view text, std::uint64_t& into) {
  const auto* end = text.data() + text.size();
  const auto got = std::from_chars(text.data(), end, into, 16);
  return !text.empty() && got.ec == std::errc{} && got.ptr == end;
}

template <counted_enum E>
std::string_view enum_text(E value) {
  constexpr auto count = static_cast<std::size_t>(last_enumerator(E{})) + 1;
  std::string_view found = "?";
  [&]<std::size_t... I>(std::index_sequence<I...>) {
    ((static_cast<std::size_t>(value) == I ? (void)(found = enumerator_name<static_cast<E>(I)>())
                                           : (void)0),
     ...);
  }(std::make_index_sequence<count>{});
  return found;
}

inline error wrong(std::string text) {
  return {.code = errc::invalid_value, .text = std::move(text)};
}

template <class T>
json::value show(const T& value);
template <class T>
result<void> take(const json::value& from, T& value, std::size_t items_max);

template <has_fields T>
json::value show_struct(const T& value) {
  json::value out{json::value::object{}};
  all_fields<T>([&](const auto& f) {
    out.set(f.name, show(value.*f.member));
    return true;
  });
  return out;
}

template <class T>
json::value show(const T& value) {
  if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
    return value;
  } else if constexpr (std::is_same_v<T, errc>) {
    return static_cast<std::underlying_type_t<T>>(value);
  } else if constexpr (std::is_enum_v<T>) {
    return std::string(enum_text(value));
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return static_cast<unsigned>(value);
  } else if constexpr (std::is_same_v<T, hash128>) {
    return hex_of(value.high) + hex_of(value.low);
  } else if constexpr (is_strong_id<T>::value) {
    if constexpr (std::is_same_v<typename T::rep, std::uint64_t>) {
      return hex_of(value.value);
    } else {
      return show(value.value);
    }
  } else if constexpr (is_optional<T>::value) {
    return value ? show(*value) : json::value{};
  } else if constexpr (is_vector<T>::value) {
    json::value out{json::value::array{}};
    for (const auto& one : value) {
      out.push_back(show(one));
    }
    return out;
  } else {
    return show_struct(value);
  }
}

template <has_fields T>
result<void> take_struct(const json::value& from, T& value) {
  const auto* members = from.as_object();
  if (members == nullptr) {
    return wrong("must be {FIELD=VALUE ...}");
  }
  for (const auto& one : *members) {
    bool known = false;
    result<void> fine;
    std::string names;
    all_fields<T>([&](const auto& f) {
      names += (names.empty() ? "" : ", ") + std::string(f.name);
      if (f.name == one.name) {
        known = true;
        fine = take(one.item, value.*f.member, f.items_max);
      }
      return true;
    });
    if (!known) {
      return error{.code = errc::unknown_option,
                   .text = "no field '" + one.name.substr(0, 80) + "'; there are "
                           + (names.empty() ? "none" : names),
                   .field = one.name.substr(0, 80)};
    }
    if (!fine) {
      auto why = fine.err();
      why.field = one.name + (why.field.empty() ? "" : "." + why.field);
      return why;
    }
  }
  return {};
}

template <class T>
result<void> take_number(const json::value& from, T& value) {
  if constexpr (std::floating_point<T>) {
    const auto number = from.as_number();
    if (!number) {
      return wrong("must be a number");
    }
    value = static_cast<T>(*number);
  } else {
    const auto* number = from.as_integer();
    if (number == nullptr || !std::in_range<T>(*number)) {
      return wrong("must be an integer in the range of its field");
    }
    value = static_cast<T>(*number);
  }
  return {};
}

template <class T>
result<void> take_enum(const json::value& from, T& value) {
  if (from.as_string() == nullptr) {
    std::underlying_type_t<T> number{};
    auto fine = take_number(from, number);
    if constexpr (!std::is_same_v<T, errc>) {
      if (fine && number > static_cast<decltype(number)>(last_enumerator(T{}))) {
        return wrong("has no such value");
      }
    }
    value = static_cast<T>(number);
    return fine;
  }
  if constexpr (!std::is_same_v<T, errc>) {
    std::string names;
    for (std::size_t i = 0; i <= static_cast<std::size_t>(last_enumerator(T{})); ++i) {
      const auto one = static_cast<T>(i);
      names += (names.empty() ? "" : ", ") + std::string(enum_text(one));
      if (enum_text(one) == *from.as_string()) {
        value = one;
        return {};
      }
    }
    return wrong("is one of " + names);
  } else {
    return wrong("must be a number");
  }
}

template <class T>
result<void> take_list(const json::value& from, T& value, std::size_t items_max) {
  const auto* items = from.as_array();
  if (items == nullptr) {
    return wrong("must be a list: [VALUE ...]");
  }
  if (items->size() > items_max) {
    return error{.code = errc::too_large,
                 .text = "has more than " + std::to_string(items_max) + " items"};
  }
  for (const auto& one : *items) {
    if (auto fine = take(one, value.emplace_back(), text_bytes_max); !fine) {
      return fine;
    }
  }
  return {};
}

inline result<void> take_hash(const json::value& from, hash128& value) {
  const auto* text = from.as_string();
  const bool fine = text != nullptr && text->size() == 32
                    && read_hex(std::string_view(*text).substr(0, 16), value.high)
                    && read_hex(std::string_view(*text).substr(16), value.low);
  return fine ? result<void>{} : wrong("must be 32 hex digits");
}

template <class T>
result<void> take(const json::value& from, T& value, std::size_t items_max) {
  if constexpr (std::is_same_v<T, bool>) {
    if (from.as_bool() == nullptr) {
      return wrong("must be true or false");
    }
    value = *from.as_bool();
    return {};
  } else if constexpr (std::is_enum_v<T> && !std::is_same_v<T, std::byte>) {
    return take_enum(from, value);
  } else if constexpr (std::is_arithmetic_v<T>) {
    return take_number(from, value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    if (from.as_string() == nullptr) {
      return wrong("must be a text; quote it");
    }
    if (from.as_string()->size() > items_max) {
      return error{.code = errc::too_large,
                   .text = "has more than " + std::to_string(items_max) + " bytes"};
    }
    value = *from.as_string();
    return {};
  } else if constexpr (std::is_same_v<T, hash128>) {
    return take_hash(from, value);
  } else if constexpr (is_strong_id<T>::value) {
    if constexpr (std::is_same_v<typename T::rep, std::uint64_t>) {
      if (const auto* text = from.as_string()) {
        return read_hex(*text, value.value) ? result<void>{} : wrong("must be hex digits");
      }
    }
    return take(from, value.value, items_max);
  } else if constexpr (is_optional<T>::value) {
    return from.is_null() ? result<void>{} : take(from, value.emplace(), items_max);
  } else if constexpr (std::is_same_v<T, bytes>) {
    return wrong("is of bytes, which cannot be written here");
  } else if constexpr (is_vector<T>::value) {
    return take_list(from, value, items_max);
  } else {
    return take_struct(from, value);
  }
}

} // namespace fields_detail

/// Reads what `from` names into `value`. Errors: those of message_form::make.
template <has_fields T>
result<void> fields_from(const json::value& from, T& value) {
  return fields_detail::take_struct(from, value);
}

template <has_fields T>
json::value fields_json(const T& value) {
  return fields_detail::show_struct(value);
}

} // namespace troupe::shell
