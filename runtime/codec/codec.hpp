// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/result.hpp"
#include "runtime/codec/reader.hpp"
#include "runtime/codec/visit.hpp"
#include "runtime/codec/writer.hpp"

#include <algorithm>
#include <concepts>
#include <limits>
#include <string>
#include <utility>

/// Described structs <-> msgpack: a map from field number, ascending, to value. A field equal to
/// its value in a default-constructed struct is left out; a reader passes over numbers it does not
/// know and refuses doubled or descending ones. So old and new versions read each other as long as
/// numbers are never reused and defaults never change.
///
/// bool | integers | float, double | text (UTF-8) | bytes as bin | enums as integers | strong_id as
/// what it wraps | hash128 as bin 16 | optional: absent or the value | described structs as maps |
/// lists of u32 as bin of little-endian u32 | lists of hash128 as bin of 16-byte items | other
/// lists as arrays.
///
/// Thread:  any. Cost: one pass, no intermediate tree.
/// Errors of decode: malformed, too_large, invalid_value, unknown_type (an enumerator of a newer
///   version); `field` is the path inside the struct.
/// Checked: test/unit/codec/codec_test.cpp, test/wire/golden_test.cpp
namespace troupe {

namespace codec_detail {

template <class T>
void write_value(writer& to, const T& value);
template <class T>
bool read_value(reader& from, T& value, std::size_t items_max);

template <has_fields T>
const T& defaults() {
  static const T value{};
  return value;
}

template <has_fields T>
void write_struct(writer& to, const T& value) {
  static_assert(field_numbers_valid<T>(), "field numbers are 1..127 and ascending");
  std::uint32_t count = 0;
  all_fields<T>([&](const auto& f) {
    count += same_fields(value.*f.member, defaults<T>().*f.member) ? 0U : 1U;
    return true;
  });
  to.map(count);
  all_fields<T>([&](const auto& f) {
    if (!same_fields(value.*f.member, defaults<T>().*f.member)) {
      to.integer(static_cast<std::uint64_t>(f.number));
      write_value(to, value.*f.member);
    }
    return true;
  });
}

template <class Item>
void write_list(writer& to, const std::vector<Item>& values) {
  static_assert(!std::is_same_v<Item, bool> && !is_optional<Item>::value,
                "lists of bool or optional have no form on the wire");
  if constexpr (std::is_same_v<Item, std::byte>) {
    to.binary(values);
  } else if constexpr (std::is_same_v<Item, std::uint32_t>) {
    to.tokens(values);
  } else if constexpr (is_hash<Item>::value) {
    static_assert(sizeof(Item) == sizeof(hash128));
    std::vector<hash128> plain;
    plain.reserve(values.size());
    for (const auto& each : values) {
      if constexpr (std::is_same_v<Item, hash128>) {
        plain.push_back(each);
      } else {
        plain.push_back(each.value);
      }
    }
    to.hashes(plain);
  } else {
    to.array(static_cast<std::uint32_t>(values.size()));
    for (const auto& each : values) {
      write_value(to, each);
    }
  }
}

template <class T>
void write_value(writer& to, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    to.boolean(value);
  } else if constexpr (std::is_enum_v<T>) {
    write_value(to, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    to.integer(static_cast<std::uint64_t>(value));
  } else if constexpr (std::signed_integral<T>) {
    to.integer(static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    to.real(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    to.text(value);
  } else if constexpr (std::is_same_v<T, hash128>) {
    to.hash(value);
  } else if constexpr (is_strong_id<T>::value) {
    write_value(to, value.value);
  } else if constexpr (is_optional<T>::value) {
    write_value(to, *value);
  } else if constexpr (is_vector<T>::value) {
    write_list(to, value);
  } else {
    static_assert(has_fields<T>, "no form on the wire");
    write_struct(to, value);
  }
}

template <has_fields T>
bool read_field(reader& from, T& value, std::uint64_t number) {
  bool known = false;
  const bool read = all_fields<T>([&](const auto& f) {
    if (f.number != number) {
      return true;
    }
    known = true;
    if (read_value(from, value.*f.member, f.items_max)) {
      return true;
    }
    auto& path = from.why().field;
    path = path.empty() ? std::string(f.name) : std::string(f.name) + "." + path;
    return false;
  });
  return read && (known || from.skip());
}

template <has_fields T>
bool read_struct(reader& from, T& value) {
  static_assert(field_numbers_valid<T>(), "field numbers are 1..127 and ascending");
  std::uint32_t count = 0;
  if (!from.map(count)) {
    return false;
  }
  std::uint64_t before = 0;
  for (; count > 0; --count) {
    std::uint64_t number = 0;
    if (!from.integer(number)) {
      return false;
    }
    if (number <= before || number > 127) {
      return from.fail(errc::malformed, "field numbers that do not ascend from 1 to 127");
    }
    before = number;
    if (!read_field(from, value, number)) {
      return false;
    }
  }
  from.leave();
  return true;
}

template <class Item>
bool read_list(reader& from, std::vector<Item>& values, std::size_t items_max) {
  if constexpr (std::is_same_v<Item, std::byte>) {
    return from.binary(values, items_max);
  } else if constexpr (std::is_same_v<Item, std::uint32_t>) {
    return from.tokens(values, items_max);
  } else if constexpr (is_hash<Item>::value) {
    bytes_view items;
    if (!from.hash_items(items, items_max) || !from.charge(items.size())) {
      return false;
    }
    values.reserve(items.size() / 16);
    for (std::size_t i = 0; i < items.size() / 16; ++i) {
      values.push_back(Item{reader::item_hash(items, i)});
    }
    return true;
  } else {
    std::uint32_t count = 0;
    if (!from.array(count, items_max) || !from.charge(count * sizeof(Item))) {
      return false;
    }
    values.reserve(count);
    for (; count > 0; --count) {
      if (!read_value(from, values.emplace_back(), text_bytes_max)) {
        return false;
      }
    }
    from.leave();
    return true;
  }
}

template <class T>
bool read_integer(reader& from, T& value) {
  using wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
  wide number = 0;
  if (!from.integer(number)) {
    return false;
  }
  if (!std::in_range<T>(number)) {
    return from.fail(errc::invalid_value, "a number too large for its field");
  }
  value = static_cast<T>(number);
  return true;
}

template <class T>
bool read_enum(reader& from, T& value) {
  static_assert(counted_enum<T> || open_enum<T>, "an enum on the wire needs last_enumerator(T)");
  static_assert(std::is_unsigned_v<std::underlying_type_t<T>>);
  std::underlying_type_t<T> number{};
  if (!read_integer(from, number)) {
    return false;
  }
  if constexpr (!open_enum<T>) {
    if (number > static_cast<decltype(number)>(last_enumerator(T{}))) {
      return from.fail(errc::unknown_type, "an enumerator of a newer version; update this node");
    }
  }
  value = static_cast<T>(number);
  return true;
}

template <class T>
bool read_value(reader& from, T& value, std::size_t items_max) {
  if constexpr (std::is_same_v<T, bool>) {
    return from.boolean(value);
  } else if constexpr (std::is_enum_v<T>) {
    return read_enum(from, value);
  } else if constexpr (std::integral<T>) {
    return read_integer(from, value);
  } else if constexpr (std::floating_point<T>) {
    return from.real(value);
  } else if constexpr (std::is_same_v<T, std::string>) {
    return from.text(value, items_max);
  } else if constexpr (std::is_same_v<T, hash128>) {
    return from.hash(value);
  } else if constexpr (is_strong_id<T>::value) {
    return read_value(from, value.value, items_max);
  } else if constexpr (is_optional<T>::value) {
    return read_value(from, value.emplace(), items_max);
  } else if constexpr (is_vector<T>::value) {
    return read_list(from, value, items_max);
  } else {
    return read_struct(from, value);
  }
}

} // namespace codec_detail

/// Appends `value` to `out`.
template <has_fields T>
void encode_into(const T& value, bytes& out) {
  writer to(out);
  codec_detail::write_struct(to, value);
}

template <has_fields T>
[[nodiscard]] bytes encode(const T& value) {
  bytes out;
  encode_into(value, out);
  return out;
}

/// Reads a whole T into `value`, which is default-constructed before.
template <has_fields T>
result<void> decode_into(bytes_view data, T& value, read_limits limits = {}) {
  reader from(data, limits);
  if (!codec_detail::read_struct(from, value) || !from.end()) {
    return std::move(from.why());
  }
  return {};
}

template <has_fields T>
[[nodiscard]] result<T> decode(bytes_view data, read_limits limits = {}) {
  T value{};
  if (auto read = decode_into(data, value, limits); !read) {
    return std::move(read).err();
  }
  return value;
}

} // namespace troupe
