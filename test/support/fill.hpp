// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/codec/visit.hpp"

#include <concepts>
#include <cstdint>
#include <string>
#include <type_traits>

/// Fills every field of a described struct with a value that differs from its default and from its
/// neighbours', the same on every run: samples for golden files and round trips.
namespace troupe::test {

class filler {
public:
  template <class T>
  void operator()(T& value) {
    ++count_;
    if constexpr (std::is_same_v<T, bool>) {
      value = !value;
    } else if constexpr (std::is_same_v<T, std::byte>) {
      value = static_cast<std::byte>(count_);
    } else if constexpr (open_enum<T>) {
      value = static_cast<T>(count_);
    } else if constexpr (std::is_enum_v<T>) {
      const auto last = static_cast<std::uint64_t>(last_enumerator(T{}));
      value = static_cast<T>(last == 0 ? 0 : 1 + count_ % last);
    } else if constexpr (std::signed_integral<T>) {
      value = static_cast<T>(-static_cast<std::int64_t>(count_ % 100) - 1);
    } else if constexpr (std::unsigned_integral<T>) {
      value = static_cast<T>(100 + count_ % 100);
    } else if constexpr (std::floating_point<T>) {
      value = static_cast<T>(count_) + static_cast<T>(0.25);
    } else if constexpr (std::is_same_v<T, std::string>) {
      value = "text " + std::to_string(count_) + " \xC3\xA4";
    } else if constexpr (std::is_same_v<T, hash128>) {
      value = {0x0123456789ABCDEFULL + count_, count_};
    } else if constexpr (is_strong_id<T>::value) {
      (*this)(value.value);
    } else if constexpr (is_optional<T>::value) {
      (*this)(value.emplace());
    } else if constexpr (is_vector<T>::value) {
      value.resize(2);
      (*this)(value[0]);
      (*this)(value[1]);
    } else {
      all_fields<T>([&](const auto& f) {
        (*this)(value.*f.member);
        return true;
      });
    }
  }

private:
  std::uint64_t count_ = 0;
};

template <has_fields T>
[[nodiscard]] T filled() {
  T value{};
  filler{}(value);
  return value;
}

} // namespace troupe::test
