// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/hash.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace troupe {

/// Appends msgpack values to a byte string, each in its shortest form.
/// Role:   what `encode` writes with; use it alone only for headers that are not described structs.
/// Thread: one at a time.
/// Cannot fail. Checked: test/unit/codec/codec_test.cpp
class writer {
public:
  explicit writer(bytes& out) : out_(out) {}

  void map(std::uint32_t count);
  void array(std::uint32_t count);
  void boolean(bool value);
  void integer(std::uint64_t value);
  void integer(std::int64_t value);
  void real(float value);
  void real(double value);
  void text(std::string_view value);
  void binary(bytes_view value);

  /// bin of 16: high word first, big-endian, as the number is read in hex.
  void hash(const hash128& value);
  void hashes(std::span<const hash128> values);

  /// bin of little-endian u32.
  void tokens(std::span<const std::uint32_t> values);

private:
  void raw(const void* data, std::size_t size);

  bytes& out_;
};

} // namespace troupe
