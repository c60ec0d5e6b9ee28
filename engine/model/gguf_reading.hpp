// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf.hpp"

#include <cstring>
#include <optional>

namespace troupe::engine {

/// The unread rest of a file. `take` gives none, and moves nothing, where too few bytes are left.
class gguf_cursor {
public:
  explicit gguf_cursor(bytes_view all) : rest_(all), total_(all.size()) {}

  [[nodiscard]] std::uint64_t left() const { return rest_.size(); }
  [[nodiscard]] std::uint64_t position() const { return total_ - rest_.size(); }
  [[nodiscard]] bytes_view rest() const { return rest_; }

  template <class Number>
  [[nodiscard]] std::optional<Number> take() {
    const auto data = take_bytes(sizeof(Number));
    if (!data) {
      return std::nullopt;
    }
    Number out{};
    std::memcpy(&out, data->data(), sizeof out);
    return out;
  }

  [[nodiscard]] std::optional<bytes_view> take_bytes(std::uint64_t count) {
    if (count > rest_.size()) {
      return std::nullopt;
    }
    const auto out = rest_.first(count);
    rest_ = rest_.subspan(count);
    return out;
  }

private:
  bytes_view rest_;
  std::uint64_t total_;
};

/// Reads a key's type and value. Errors: model_invalid, `key` as the field.
[[nodiscard]] result<gguf_value> read_gguf_value(gguf_cursor& from, const std::string& path,
                                                 const std::string& key);

/// A key or a tensor's name: valid UTF-8 without control characters, 1 to gguf_name_bytes_max
/// bytes. `what` names it in errors, as "key 3".
[[nodiscard]] result<std::string> read_gguf_name(gguf_cursor& from, const std::string& path,
                                                 const std::string& what);

} // namespace troupe::engine
