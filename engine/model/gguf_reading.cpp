// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_reading.hpp"

#include "engine/model/model_error.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::engine {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t array_head_bytes = 12;

/// The least that one value of the type takes in a file.
std::uint64_t least_bytes(gguf_value_type type) {
  switch (type) {
    case gguf_value_type::text:
      return length_bytes;
    case gguf_value_type::array:
      return array_head_bytes;
    default:
      return fixed_bytes(type);
  }
}

struct value_reader {
  gguf_cursor& from;
  const std::string& path;
  const std::string& key;

  [[nodiscard]] error wrong(const std::string& what) const {
    return model_error(path, key, what, fetch_again);
  }
  [[nodiscard]] error ends() const { return wrong("the file ends inside its value"); }

  [[nodiscard]] result<gguf_value_type> read_type() const {
    const auto number = from.take<std::uint32_t>();
    if (!number) {
      return ends();
    }
    if (*number >= gguf_value_types) {
      return wrong("its type " + std::to_string(*number) + " is unknown");
    }
    return static_cast<gguf_value_type>(*number);
  }

  [[nodiscard]] result<bytes_view> read_text() const {
    const auto length = from.take<std::uint64_t>();
    if (!length) {
      return ends();
    }
    const auto data = from.take_bytes(*length);
    if (!data) {
      return wrong("claims a text of " + std::to_string(*length) + " bytes, but only "
                   + std::to_string(from.left()) + " follow");
    }
    return *data;
  }

  [[nodiscard]] result<gguf_value> read_one(gguf_value_type type, std::uint32_t depth) const {
    if (type == gguf_value_type::array) {
      return read_array(depth + 1);
    }
    if (type == gguf_value_type::text) {
      const auto data = read_text();
      return data ? result<gguf_value>(gguf_value{type, *data}) : data.err();
    }
    const auto data = from.take_bytes(fixed_bytes(type));
    if (!data) {
      return ends();
    }
    if (type == gguf_value_type::boolean && std::to_integer<unsigned>((*data)[0]) > 1) {
      return wrong("is a boolean that is neither 0 nor 1");
    }
    return gguf_value{type, *data};
  }

  [[nodiscard]] result<gguf_value> read_array(std::uint32_t depth) const {
    if (depth > gguf_array_depth_max) {
      return wrong("nests arrays deeper than " + std::to_string(gguf_array_depth_max));
    }
    const auto element = read_type();
    if (!element) {
      return element.err();
    }
    const auto count = from.take<std::uint64_t>();
    if (!count) {
      return ends();
    }
    if (*count > from.left() / least_bytes(*element)) {
      return wrong("claims " + std::to_string(*count) + " elements, but only "
                   + std::to_string(from.left()) + " bytes follow");
    }
    const auto all = from.rest();
    const auto begin = from.position();
    if (const auto size = fixed_bytes(*element);
        size != 0 && *element != gguf_value_type::boolean) {
      static_cast<void>(from.take_bytes(*count * size));
    } else {
      for (std::uint64_t i = 0; i < *count; ++i) {
        if (const auto item = read_one(*element, depth); !item) {
          return item.err();
        }
      }
    }
    return gguf_value{*element, *count, all.first(from.position() - begin)};
  }
};

} // namespace

result<gguf_value> read_gguf_value(gguf_cursor& from, const std::string& path,
                                   const std::string& key) {
  const value_reader reader{from, path, key};
  const auto type = reader.read_type();
  return type ? reader.read_one(*type, 0) : type.err();
}

result<std::string> read_gguf_name(gguf_cursor& from, const std::string& path,
                                   const std::string& what) {
  const auto wrong = [&](const std::string& why) {
    return model_error(path, what, why, fetch_again);
  };
  const auto length = from.take<std::uint64_t>();
  if (!length) {
    return wrong("the file ends before its name");
  }
  if (*length == 0 || *length > gguf_name_bytes_max) {
    return wrong("its name claims " + std::to_string(*length) + " bytes; 1 to "
                 + std::to_string(gguf_name_bytes_max) + " are allowed");
  }
  const auto data = from.take_bytes(*length);
  if (!data) {
    return wrong("its name claims " + std::to_string(*length) + " bytes, but only "
                 + std::to_string(from.left()) + " follow");
  }
  const auto name = as_text(*data);
  const auto is_control = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  };
  if (utf8::first_invalid(name) != name.size() || std::ranges::any_of(name, is_control)) {
    return wrong("its name is not valid UTF-8 or has control characters");
  }
  return std::string{name};
}

} // namespace troupe::engine
