// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <cstring>

namespace troupe::utf8 {

namespace {

struct lead {
  std::uint8_t bytes = 0; ///< 0: no lead byte.
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF; ///< Bounds of the second byte.
};

lead lead_of(std::uint8_t byte) {
  if (byte < 0xC2 || byte > 0xF4) {
    return {};
  }
  if (byte < 0xE0) {
    return {2};
  }
  if (byte < 0xF0) {
    return {3, static_cast<std::uint8_t>(byte == 0xE0 ? 0xA0 : 0x80),
            static_cast<std::uint8_t>(byte == 0xED ? 0x9F : 0xBF)};
  }
  return {4, static_cast<std::uint8_t>(byte == 0xF0 ? 0x90 : 0x80),
          static_cast<std::uint8_t>(byte == 0xF4 ? 0x8F : 0xBF)};
}

std::uint8_t byte_at(std::string_view text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

} // namespace

character first(std::string_view text) {
  const auto head = byte_at(text, 0);
  if (head < 0x80) {
    return {head, 1, status::valid};
  }
  const auto shape = lead_of(head);
  if (shape.bytes == 0) {
    return {0, 1, status::invalid};
  }
  auto point = static_cast<char32_t>(head & (0xFFU >> (shape.bytes + 1U)));
  for (std::uint8_t at = 1; at < shape.bytes; ++at) {
    if (at == text.size()) {
      return {0, at, status::truncated};
    }
    const auto next = byte_at(text, at);
    const auto low = at == 1 ? shape.low : std::uint8_t{0x80};
    const auto high = at == 1 ? shape.high : std::uint8_t{0xBF};
    if (next < low || next > high) {
      return {0, at, status::invalid};
    }
    point = (point << 6U) | (next & 0x3FU);
  }
  return {point, shape.bytes, status::valid};
}

std::size_t first_invalid(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080ULL;
  std::size_t at = 0;
  while (at < text.size()) {
    std::uint64_t eight = 0;
    if (text.size() - at >= sizeof eight) {
      std::memcpy(&eight, text.data() + at, sizeof eight);
      if ((eight & high_bits) == 0) {
        at += sizeof eight;
        continue;
      }
    }
    const auto next = first(text.substr(at));
    if (next.state != status::valid) {
      return at;
    }
    at += next.bytes;
  }
  return text.size();
}

void append(std::string& out, char32_t point) {
  if (point > 0x10FFFF || (point >= 0xD800 && point < 0xE000)) {
    out += replacement;
    return;
  }
  if (point < 0x80) {
    out += static_cast<char>(point);
    return;
  }
  const unsigned rest = point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
  const auto mark = (0xFF00U >> (rest + 1U)) & 0xFFU;
  out += static_cast<char>(mark | (point >> (6U * rest)));
  for (unsigned left = rest; left-- > 0;) {
    out += static_cast<char>(0x80U | ((point >> (6U * left)) & 0x3FU));
  }
}

std::string_view cut(std::string_view text, std::size_t bytes_max) {
  if (text.size() <= bytes_max) {
    return text;
  }
  constexpr std::size_t tail_max = 3;
  for (std::size_t back = 1; back <= std::min(tail_max, bytes_max); ++back) {
    const auto at = bytes_max - back;
    const auto next = first(text.substr(at));
    if (next.state == status::valid) {
      return text.substr(0, at + next.bytes > bytes_max ? at : bytes_max);
    }
  }
  return text.substr(0, bytes_max);
}

std::string repaired(std::string_view text, std::size_t bytes_max) {
  std::string out;
  while (!text.empty()) {
    const auto next = first(text);
    const auto piece =
        next.state == status::valid ? text.substr(0, next.bytes) : std::string_view("?");
    if (out.size() + piece.size() > bytes_max) {
      break;
    }
    out += piece;
    text.remove_prefix(next.bytes);
  }
  return out;
}

std::size_t count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

} // namespace troupe::utf8
