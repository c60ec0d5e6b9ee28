// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/reader.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace troupe {

namespace {

constexpr std::uint64_t int64_positive_max =
    static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

} // namespace

reader::reader(bytes_view data, read_limits limits)
    : rest_(data), depth_max_(limits.depth_max), budget_(limits.decoded_bytes_max) {
}

bool reader::fail(errc code, std::string text) {
  if (ok()) {
    why_.code = code;
    why_.text = std::move(text);
  }
  return false;
}

bool reader::charge(std::size_t size) {
  if (!ok()) {
    return false;
  }
  if (size > budget_) {
    return fail(errc::too_large,
                "the message would need more memory than a message may; send less");
  }
  budget_ -= size;
  return true;
}

bool reader::take(std::size_t size, bytes_view& out) {
  if (!ok()) {
    return false;
  }
  if (size > rest_.size()) {
    return fail(errc::malformed, "the bytes end inside a value; the frame was cut or is not ours");
  }
  out = rest_.first(size);
  rest_ = rest_.subspan(size);
  return true;
}

bool reader::byte(std::uint8_t& value) {
  bytes_view one;
  if (!take(1, one)) {
    return false;
  }
  value = static_cast<std::uint8_t>(one[0]);
  return true;
}

bool reader::big_endian(unsigned width, std::uint64_t& value) {
  bytes_view raw;
  if (!take(width, raw)) {
    return false;
  }
  value = 0;
  for (const auto part : raw) {
    value = (value << 8U) | static_cast<std::uint8_t>(part);
  }
  return true;
}

bool reader::enter() {
  if (depth_ >= depth_max_) {
    return fail(errc::too_large, "nested too deeply");
  }
  ++depth_;
  return true;
}

// One shape for maps, arrays and strings: a fix form, then 8 (0: none), 16 and 32 bit sizes.
bool reader::sized(std::uint8_t fix_mask, std::uint8_t fix_tag, std::uint8_t tag8,
                   std::uint8_t tag16, std::uint8_t tag32, const char* what, std::uint32_t& size) {
  std::uint8_t tag = 0;
  if (!byte(tag)) {
    return false;
  }
  std::uint64_t wide = 0;
  if (fix_mask != 0 && (tag & fix_mask) == fix_tag) {
    size = tag & static_cast<std::uint8_t>(~fix_mask);
    return true;
  }
  unsigned width = 0;
  if (tag8 != 0 && tag == tag8) {
    width = 1;
  } else if (tag == tag16) {
    width = 2;
  } else if (tag == tag32) {
    width = 4;
  } else {
    return fail(errc::malformed, std::string(what) + " expected; the peer's version disagrees");
  }
  if (!big_endian(width, wide)) {
    return false;
  }
  size = static_cast<std::uint32_t>(wide);
  return true;
}

bool reader::map(std::uint32_t& count) {
  if (!sized(0xF0, 0x80, 0, 0xDE, 0xDF, "a map", count)) {
    return false;
  }
  if (count > rest_.size() / 2) {
    return fail(errc::malformed, "a map counts more entries than bytes follow");
  }
  return enter();
}

bool reader::array(std::uint32_t& count, std::size_t items_max) {
  if (!sized(0xF0, 0x90, 0, 0xDC, 0xDD, "a list", count)) {
    return false;
  }
  if (count > rest_.size()) {
    return fail(errc::malformed, "a list counts more items than bytes follow");
  }
  if (count > items_max) {
    return fail(errc::too_large, "a list has more items than its field allows");
  }
  return enter();
}

bool reader::boolean(bool& value) {
  std::uint8_t tag = 0;
  if (!byte(tag)) {
    return false;
  }
  if (tag != 0xC2 && tag != 0xC3) {
    return fail(errc::malformed, "true or false expected; the peer's version disagrees");
  }
  value = tag == 0xC3;
  return true;
}

bool reader::integer_parts(bool& negative, std::uint64_t& magnitude) {
  std::uint8_t tag = 0;
  if (!byte(tag)) {
    return false;
  }
  negative = false;
  if (tag <= 0x7F) {
    magnitude = tag;
    return true;
  }
  if (tag >= 0xE0) {
    negative = true;
    magnitude = 0x100U - tag;
    return true;
  }
  if (tag < 0xCC || tag > 0xD3) {
    return fail(errc::malformed, "an integer expected; the peer's version disagrees");
  }
  const auto is_signed = tag >= 0xD0;
  const auto width = 1U << static_cast<unsigned>((tag - 0xCC) % 4);
  if (!big_endian(width, magnitude)) {
    return false;
  }
  const auto sign = std::uint64_t{1} << (8 * width - 1);
  if (is_signed && (magnitude & sign) != 0) {
    negative = true;
    magnitude = width == 8 ? ~magnitude + 1 : (sign << 1U) - magnitude;
  }
  return true;
}

bool reader::integer(std::uint64_t& value) {
  bool negative = false;
  if (!integer_parts(negative, value)) {
    return false;
  }
  return negative ? fail(errc::invalid_value, "a negative number where none may be") : true;
}

bool reader::integer(std::int64_t& value) {
  bool negative = false;
  std::uint64_t magnitude = 0;
  if (!integer_parts(negative, magnitude)) {
    return false;
  }
  if (magnitude > int64_positive_max + (negative ? 1 : 0)) {
    return fail(errc::invalid_value, "a number too large for its field");
  }
  value = static_cast<std::int64_t>(negative ? ~magnitude + 1 : magnitude);
  return true;
}

bool reader::real(double& value) {
  std::uint8_t tag = 0;
  if (!byte(tag)) {
    return false;
  }
  if (tag != 0xCA && tag != 0xCB) {
    return fail(errc::malformed, "a float expected; the peer's version disagrees");
  }
  std::uint64_t bits = 0;
  if (!big_endian(tag == 0xCA ? 4 : 8, bits)) {
    return false;
  }
  value = tag == 0xCA ? static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(bits)))
                      : std::bit_cast<double>(bits);
  return true;
}

bool reader::real(float& value) {
  double wide = 0;
  if (!real(wide)) {
    return false;
  }
  if (std::isfinite(wide) && std::abs(wide) > std::numeric_limits<float>::max()) {
    return fail(errc::invalid_value, "a number too large for its field");
  }
  value = static_cast<float>(wide);
  return true;
}

bool reader::text(std::string& value, std::size_t bytes_max) {
  std::uint32_t size = 0;
  bytes_view raw;
  if (!sized(0xE0, 0xA0, 0xD9, 0xDA, 0xDB, "text", size) || !take(size, raw)) {
    return false;
  }
  if (size > bytes_max) {
    return fail(errc::too_large, "text longer than its field allows");
  }
  if (utf8::first_invalid(as_text(raw)) != raw.size()) {
    return fail(errc::malformed, "text that is not UTF-8");
  }
  if (!charge(size)) {
    return false;
  }
  value = as_text(raw);
  return true;
}

bool reader::binary_view(bytes_view& value, std::size_t bytes_max) {
  std::uint32_t size = 0;
  if (!sized(0, 0, 0xC4, 0xC5, 0xC6, "bytes", size) || !take(size, value)) {
    return false;
  }
  if (size > bytes_max) {
    return fail(errc::too_large, "more bytes or items than the field allows");
  }
  return true;
}

bool reader::binary(bytes& value, std::size_t bytes_max) {
  bytes_view raw;
  if (!binary_view(raw, bytes_max) || !charge(raw.size())) {
    return false;
  }
  value.assign(raw.begin(), raw.end());
  return true;
}

hash128 reader::item_hash(bytes_view items, std::size_t index) {
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) {
      value = (value << 8U) | static_cast<std::uint8_t>(items[at + i]);
    }
    return value;
  };
  return {word(16 * index), word(16 * index + 8)};
}

bool reader::hash_items(bytes_view& items, std::size_t items_max) {
  const auto most = std::numeric_limits<std::size_t>::max() / 16;
  if (!binary_view(items, 16 * std::min(items_max, most))) {
    return false;
  }
  return items.size() % 16 == 0 ? true : fail(errc::malformed, "not a whole number of names");
}

bool reader::hash(hash128& value) {
  bytes_view raw;
  if (!hash_items(raw, 1)) {
    return false;
  }
  if (raw.empty()) {
    return fail(errc::malformed, "16 bytes expected");
  }
  value = item_hash(raw, 0);
  return true;
}

bool reader::tokens(std::vector<std::uint32_t>& values, std::size_t items_max) {
  bytes_view raw;
  const auto most = std::numeric_limits<std::size_t>::max() / 4;
  if (!binary_view(raw, 4 * std::min(items_max, most)) || !charge(raw.size())) {
    return false;
  }
  if (raw.size() % 4 != 0) {
    return fail(errc::malformed, "not a whole number of tokens");
  }
  values.resize(raw.size() / 4);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto part = [&](std::size_t at) {
      return static_cast<std::uint32_t>(raw[4 * i + at]);
    };
    values[i] = part(0) | (part(1) << 8U) | (part(2) << 16U) | (part(3) << 24U);
  }
  return true;
}

bool reader::skip() {
  std::uint8_t tag = 0;
  return byte(tag) && skip_item(tag);
}

bool reader::skip_item(std::uint8_t tag) {
  bytes_view ignored;
  std::uint64_t size = 0;
  std::uint64_t items = 0;
  if (tag <= 0x7F || tag >= 0xE0 || (tag >= 0xC2 && tag <= 0xC3) || tag == 0xC0) {
    return true;
  }
  if (tag >= 0xA0 && tag <= 0xBF) {
    return take(tag & 0x1FU, ignored);
  }
  if (tag >= 0xCA && tag <= 0xD3) {
    constexpr std::uint8_t widths[] = {4, 8, 1, 2, 4, 8, 1, 2, 4, 8};
    return take(widths[tag - 0xCA], ignored);
  }
  if ((tag >= 0xC4 && tag <= 0xC6) || (tag >= 0xD9 && tag <= 0xDB)) {
    const auto width = 1U << static_cast<unsigned>(tag >= 0xD9 ? tag - 0xD9 : tag - 0xC4);
    return big_endian(width, size) && take(size, ignored);
  }
  if (tag <= 0x8F || tag == 0xDE || tag == 0xDF) {
    size = tag & 0x0FU;
    if (tag > 0x8F && !big_endian(tag == 0xDE ? 2 : 4, size)) {
      return false;
    }
    items = 2 * size;
  } else if (tag <= 0x9F || tag == 0xDC || tag == 0xDD) {
    items = tag & 0x0FU;
    if (tag > 0x9F && !big_endian(tag == 0xDC ? 2 : 4, items)) {
      return false;
    }
  } else {
    return fail(errc::malformed, "an extension type, which no message of ours has");
  }
  if (items > rest_.size()) {
    return fail(errc::malformed, "a map or list counts more items than bytes follow");
  }
  if (!enter()) {
    return false;
  }
  for (; items > 0; --items) {
    if (!skip()) {
      return false;
    }
  }
  leave();
  return true;
}

bool reader::end() {
  if (!ok()) {
    return false;
  }
  return rest_.empty() ? true : fail(errc::malformed, "bytes after the end of the message");
}

} // namespace troupe
