// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

namespace troupe::engine {

/// The types of a GGUF's key-values, by their numbers in the file.
enum class gguf_value_type : std::uint32_t {
  u8,
  i8,
  u16,
  i16,
  u32,
  i32,
  f32,
  boolean,
  text,
  array,
  u64,
  i64,
  f64
};
inline constexpr std::uint32_t gguf_value_types = 13;

/// Bytes of one value of a fixed size; 0 for text and arrays.
[[nodiscard]] std::size_t fixed_bytes(gguf_value_type type);

/// One value of a GGUF: a view of its file, checked when that was opened.
/// Checked: test/unit/model/gguf_test.cpp
class gguf_value {
public:
  gguf_value() = default;
  /// `data`: a number's bytes, a text's characters, or an array's `count` elements as in the file.
  gguf_value(gguf_value_type type, bytes_view data) : type_(type), data_(data) {}
  gguf_value(gguf_value_type element, std::uint64_t count, bytes_view data)
      : type_(gguf_value_type::array), element_(element), count_(count), data_(data) {}

  [[nodiscard]] gguf_value_type type() const { return type_; }
  [[nodiscard]] gguf_value_type element() const { return element_; } ///< Of an array.
  [[nodiscard]] std::uint64_t count() const { return count_; }       ///< Of an array.

  /// None where the value is of another type, or an integer above int64's.
  [[nodiscard]] std::optional<std::int64_t> as_integer() const;
  [[nodiscard]] std::optional<double> as_number() const; ///< Integers too.
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] std::optional<std::string_view> as_string() const;

  /// Each element in order until `visit` says false; nothing for other values and for arrays of
  /// arrays. Cost: O(elements), no allocation.
  void for_each(const std::function<bool(const gguf_value&)>& visit) const;

private:
  gguf_value_type type_ = gguf_value_type::u8;
  gguf_value_type element_ = gguf_value_type::u8;
  std::uint64_t count_ = 0;
  bytes_view data_;
};

} // namespace troupe::engine
