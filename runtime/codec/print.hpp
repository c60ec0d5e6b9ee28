// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/codec/visit.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

/// Described structs as one line of text for logs and the shell: `place{attempt=2 names=[..64]}`.
/// Fields at their default are left out, text is escaped (control characters and quotes as \xNN or
/// \"), long text and lists are cut with `..` and their count.
/// Thread: any. Checked: test/unit/codec/print_test.cpp
namespace troupe {

/// Builds the line; stops growing at `bytes_max`.
class printer {
public:
  explicit printer(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  void put(std::string_view text);
  void quoted(std::string_view text, std::size_t shown_max);
  void number(std::uint64_t value);
  void number(std::int64_t value);
  void number(double value);
  void hex(const hash128& value);
  [[nodiscard]] bool full() const { return out_.size() >= bytes_max_; }
  [[nodiscard]] std::string take() && { return std::move(out_); }

private:
  std::size_t bytes_max_;
  std::string out_;
};

namespace print_detail {

inline constexpr std::size_t items_shown = 8;
inline constexpr std::size_t text_shown = 80;

template <class T>
void put_value(printer& to, const T& value);

template <has_fields T>
void put_struct(printer& to, const T& value) {
  const T defaults{};
  bool first = true;
  to.put("{");
  all_fields<T>([&](const auto& f) {
    if (!same_fields(value.*f.member, defaults.*f.member)) {
      to.put(first ? "" : " ");
      first = false;
      to.put(f.name);
      to.put("=");
      put_value(to, value.*f.member);
    }
    return !to.full();
  });
  to.put("}");
}

template <class Item>
void put_list(printer& to, const std::vector<Item>& values) {
  to.put("[");
  for (std::size_t i = 0; i < values.size() && i < items_shown; ++i) {
    to.put(i == 0 ? "" : " ");
    put_value(to, values[i]);
  }
  if (values.size() > items_shown) {
    to.put(" ..");
    to.number(static_cast<std::uint64_t>(values.size()));
  }
  to.put("]");
}

template <class T>
void put_value(printer& to, const T& value) {
  if constexpr (std::is_same_v<T, bool>) {
    to.put(value ? "true" : "false");
  } else if constexpr (std::is_enum_v<T>) {
    put_value(to, static_cast<std::underlying_type_t<T>>(value));
  } else if constexpr (std::unsigned_integral<T>) {
    to.number(static_cast<std::uint64_t>(value));
  } else if constexpr (std::signed_integral<T>) {
    to.number(static_cast<std::int64_t>(value));
  } else if constexpr (std::floating_point<T>) {
    to.number(static_cast<double>(value));
  } else if constexpr (std::is_same_v<T, std::string>) {
    to.quoted(value, text_shown);
  } else if constexpr (std::is_same_v<T, hash128>) {
    to.hex(value);
  } else if constexpr (is_strong_id<T>::value) {
    put_value(to, value.value);
  } else if constexpr (is_optional<T>::value) {
    put_value(to, *value);
  } else if constexpr (std::is_same_v<T, bytes>) {
    to.number(static_cast<std::uint64_t>(value.size()));
    to.put("B");
  } else if constexpr (is_vector<T>::value) {
    put_list(to, value);
  } else {
    put_struct(to, value);
  }
}

} // namespace print_detail

/// At most about `bytes_max` bytes, always printable ASCII and UTF-8.
template <has_fields T>
[[nodiscard]] std::string print(const T& value, std::size_t bytes_max = 1024) {
  printer to(bytes_max);
  if constexpr (bus_message<T>) {
    to.put(T::name);
  }
  print_detail::put_struct(to, value);
  return std::move(to).take();
}

} // namespace troupe
