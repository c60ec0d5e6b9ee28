// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/check.hpp"
#include "runtime/base/error.hpp"

#include <optional>
#include <utility>
#include <variant>

namespace troupe {

/// A value or the error that kept it from being made. Reading the wrong side is a broken invariant.
template <class T>
class [[nodiscard]] result {
public:
  using value_type = T;

  result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  result(error why) : state_(std::in_place_index<1>, std::move(why)) {}

  [[nodiscard]] bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(value()); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  [[nodiscard]] const error& err() const& {
    TROUPE_CHECK(!has_value());
    return *std::get_if<1>(&state_);
  }
  [[nodiscard]] error&& err() && {
    TROUPE_CHECK(!has_value());
    return std::move(*std::get_if<1>(&state_));
  }

private:
  T& value() {
    TROUPE_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }
  const T& value() const {
    TROUPE_CHECK(has_value());
    return *std::get_if<0>(&state_);
  }

  std::variant<T, error> state_;
};

/// Success, or the error.
template <>
class [[nodiscard]] result<void> {
public:
  using value_type = void;

  result() = default;
  result(error why) : error_(std::move(why)) {}

  [[nodiscard]] bool has_value() const noexcept { return !error_.has_value(); }
  explicit operator bool() const noexcept { return has_value(); }

  [[nodiscard]] const error& err() const& {
    TROUPE_CHECK(error_.has_value());
    return *error_;
  }
  [[nodiscard]] error&& err() && {
    TROUPE_CHECK(error_.has_value());
    return std::move(*error_);
  }

private:
  std::optional<error> error_;
};

} // namespace troupe
