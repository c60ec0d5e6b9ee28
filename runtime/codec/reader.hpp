// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"
#include "runtime/base/error.hpp"
#include "runtime/base/hash.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace troupe {

/// Largest control frame.
inline constexpr std::size_t control_frame_bytes_max = std::size_t{1} << 20U;

/// What one decode may cost, whatever the bytes say.
struct read_limits {
  std::size_t depth_max = 16;                                  ///< Nested maps and arrays.
  std::size_t decoded_bytes_max = 8 * control_frame_bytes_max; ///< Of the values made.
};

/// Pulls msgpack values out of untrusted bytes. Each call reads one value of the asked kind and
/// returns false, once and for all later calls, if the bytes hold something else; `why` then says
/// what. Integers of any width are taken where they fit; ext is refused.
/// Thread: one at a time. The bytes outlive the reader.
/// Invariants: a count is never above the bytes left, so no count alone makes anything grow; the
///   sum of what is reserved stays below `decoded_bytes_max` (I-7).
/// Errors:  malformed, too_large, invalid_value.
/// Checked: test/unit/codec/codec_test.cpp, against msgpack-cxx and by mutation.
class reader {
public:
  explicit reader(bytes_view data, read_limits limits = {});

  /// Opens a map or array; `leave` closes it.
  bool map(std::uint32_t& count);
  bool array(std::uint32_t& count, std::size_t items_max);
  void leave() { --depth_; }

  bool boolean(bool& value);
  bool integer(std::uint64_t& value);
  bool integer(std::int64_t& value);
  bool real(float& value);
  bool real(double& value);
  bool text(std::string& value, std::size_t bytes_max); ///< UTF-8.
  bool binary(bytes& value, std::size_t bytes_max);
  bool hash(hash128& value);
  bool tokens(std::vector<std::uint32_t>& values, std::size_t items_max);

  /// A bin of 16-byte items: their bytes, not copied. `item_hash` reads one.
  bool hash_items(bytes_view& items, std::size_t items_max);
  static hash128 item_hash(bytes_view items, std::size_t index);

  /// Passes over one value of any kind but ext.
  bool skip();

  /// Counts `size` bytes that the caller is about to allocate.
  bool charge(std::size_t size);

  /// Fails unless all bytes are read.
  bool end();

  bool fail(errc code, std::string text);
  [[nodiscard]] bool ok() const { return why_.code == errc::none; }
  [[nodiscard]] error& why() { return why_; }

private:
  bool take(std::size_t size, bytes_view& out);
  bool byte(std::uint8_t& value);
  bool big_endian(unsigned width, std::uint64_t& value);
  bool enter();
  bool sized(std::uint8_t fix_mask, std::uint8_t fix_tag, std::uint8_t tag8, std::uint8_t tag16,
             std::uint8_t tag32, const char* what, std::uint32_t& size);
  bool integer_parts(bool& negative, std::uint64_t& magnitude);
  bool binary_view(bytes_view& value, std::size_t bytes_max);
  bool skip_item(std::uint8_t tag);

  bytes_view rest_;
  std::size_t depth_ = 0;
  std::size_t depth_max_;
  std::size_t budget_;
  error why_;
};

} // namespace troupe
