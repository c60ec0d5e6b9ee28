// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/byte_level.hpp"

#include "runtime/base/utf8.hpp"

#include <array>
#include <cstdint>

namespace troupe::text {

namespace {

constexpr char32_t alphabet_end = 0x100 + 68;

struct alphabet {
  std::array<char32_t, 256> point_of{};
  std::array<std::int16_t, alphabet_end> byte_of{};

  alphabet() {
    byte_of.fill(-1);
    char32_t next = 0x100;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool printable = (byte >= 0x21 && byte <= 0x7E) || (byte >= 0xA1 && byte != 0xAD);
      point_of[byte] = printable ? static_cast<char32_t>(byte) : next++;
      byte_of[point_of[byte]] = static_cast<std::int16_t>(byte);
    }
  }
};

const alphabet& letters() {
  static const alphabet made;
  return made;
}

} // namespace

std::optional<std::string> from_byte_level(std::string_view written) {
  std::string raw;
  raw.reserve(written.size());
  while (!written.empty()) {
    const auto next = utf8::first(written);
    if (next.state != utf8::status::valid || next.point >= alphabet_end
        || letters().byte_of[next.point] < 0) {
      return std::nullopt;
    }
    raw += static_cast<char>(letters().byte_of[next.point]);
    written.remove_prefix(next.bytes);
  }
  return raw;
}

std::string to_byte_level(std::string_view raw) {
  std::string written;
  for (const char c : raw) {
    utf8::append(written, letters().point_of[static_cast<std::uint8_t>(c)]);
  }
  return written;
}

} // namespace troupe::text
