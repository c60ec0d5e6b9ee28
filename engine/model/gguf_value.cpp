// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_value.hpp"

#include <cstring>
#include <utility>

namespace troupe::engine {
namespace {

template <class Number>
Number read(bytes_view data) {
  Number out{};
  std::memcpy(&out, data.data(), sizeof out);
  return out;
}

} // namespace

std::size_t fixed_bytes(gguf_value_type type) {
  switch (type) {
    case gguf_value_type::u8:
    case gguf_value_type::i8:
    case gguf_value_type::boolean:
      return 1;
    case gguf_value_type::u16:
    case gguf_value_type::i16:
      return 2;
    case gguf_value_type::u32:
    case gguf_value_type::i32:
    case gguf_value_type::f32:
      return 4;
    case gguf_value_type::u64:
    case gguf_value_type::i64:
    case gguf_value_type::f64:
      return 8;
    case gguf_value_type::text:
    case gguf_value_type::array:
      break;
  }
  return 0;
}

std::optional<std::int64_t> gguf_value::as_integer() const {
  switch (type_) {
    case gguf_value_type::u8:
      return read<std::uint8_t>(data_);
    case gguf_value_type::i8:
      return read<std::int8_t>(data_);
    case gguf_value_type::u16:
      return read<std::uint16_t>(data_);
    case gguf_value_type::i16:
      return read<std::int16_t>(data_);
    case gguf_value_type::u32:
      return read<std::uint32_t>(data_);
    case gguf_value_type::i32:
      return read<std::int32_t>(data_);
    case gguf_value_type::i64:
      return read<std::int64_t>(data_);
    case gguf_value_type::u64: {
      const auto out = read<std::uint64_t>(data_);
      return std::in_range<std::int64_t>(out) ? std::optional(static_cast<std::int64_t>(out))
                                              : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<double> gguf_value::as_number() const {
  if (type_ == gguf_value_type::f32) {
    return static_cast<double>(read<float>(data_));
  }
  if (type_ == gguf_value_type::f64) {
    return read<double>(data_);
  }
  const auto integer = as_integer();
  return integer ? std::optional(static_cast<double>(*integer)) : std::nullopt;
}

std::optional<bool> gguf_value::as_bool() const {
  return type_ == gguf_value_type::boolean ? std::optional(data_[0] != std::byte{0}) : std::nullopt;
}

std::optional<std::string_view> gguf_value::as_string() const {
  return type_ == gguf_value_type::text ? std::optional(as_text(data_)) : std::nullopt;
}

void gguf_value::for_each(const std::function<bool(const gguf_value&)>& visit) const {
  if (type_ != gguf_value_type::array || element_ == gguf_value_type::array) {
    return;
  }
  auto rest = data_;
  for (std::uint64_t i = 0; i < count_; ++i) {
    auto size = fixed_bytes(element_);
    if (element_ == gguf_value_type::text) {
      size = read<std::uint64_t>(rest);
      rest = rest.subspan(sizeof(std::uint64_t));
    }
    if (!visit({element_, rest.first(size)})) {
      return;
    }
    rest = rest.subspan(size);
  }
}

} // namespace troupe::engine
