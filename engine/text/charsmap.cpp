// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/charsmap.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <array>
#include <utf8proc.h>

namespace troupe::text {

namespace {

constexpr std::size_t cluster_bytes_max = 5;

error wrong(std::string_view what) {
  return {errc::malformed, std::string(what) + "; take it from the model's own files", ""};
}

/// RFC 4648 section 4; none where there is another character.
std::optional<std::string> from_base64(std::string_view text) {
  constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::array<std::int8_t, 256> value{};
  value.fill(-1);
  for (std::size_t at = 0; at < alphabet.size(); ++at) {
    value[static_cast<std::uint8_t>(alphabet[at])] = static_cast<std::int8_t>(at);
  }
  while (text.ends_with('=')) {
    text.remove_suffix(1);
  }
  std::string out;
  out.reserve(text.size() / 4 * 3 + 3);
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    const auto next = value[static_cast<std::uint8_t>(c)];
    if (next < 0) {
      return std::nullopt;
    }
    held = (held << 6U | static_cast<std::uint32_t>(next)) & 0xFFFFFU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out += static_cast<char>(held >> static_cast<unsigned>(bits) & 0xFFU);
    }
  }
  return out;
}

std::uint32_t little_endian(std::string_view bytes) {
  std::uint32_t out = 0;
  for (unsigned at = 0; at < 4; ++at) {
    out |= std::uint32_t{static_cast<std::uint8_t>(bytes[at])} << 8U * at;
  }
  return out;
}

std::uint32_t offset_of(std::uint32_t unit) {
  return unit >> 10U << ((unit & 0x200U) >> 6U);
}

std::uint32_t label_of(std::uint32_t unit) {
  return unit & 0x8000'00FFU;
}

bool has_value(std::uint32_t unit) {
  return (unit & 0x100U) != 0;
}

} // namespace

result<charsmap> charsmap::parse(std::string_view base64) {
  const auto raw = from_base64(base64);
  if (!raw || raw->size() < 4) {
    return wrong("is no base64 text of 4 bytes or more");
  }
  const auto array_bytes = little_endian(*raw);
  if (array_bytes % 4 != 0 || array_bytes < 4 || array_bytes > raw->size() - 4) {
    return wrong("begins with a size that its bytes do not have");
  }
  charsmap out;
  out.units_.reserve(array_bytes / 4);
  for (std::size_t at = 4; at < 4 + std::size_t{array_bytes}; at += 4) {
    out.units_.push_back(little_endian(std::string_view(*raw).substr(at)));
  }
  out.replacements_ = raw->substr(4 + std::size_t{array_bytes});
  if (utf8::first_invalid(out.replacements_) < out.replacements_.size()) {
    return wrong("has replacements that are no UTF-8");
  }
  return out;
}

std::optional<std::string_view> charsmap::find(std::string_view part) const {
  std::size_t at = offset_of(units_[0]);
  for (const char c : part) {
    const std::uint32_t byte = static_cast<std::uint8_t>(c);
    at ^= byte;
    if (byte == 0 || at >= units_.size() || label_of(units_[at]) != byte) {
      return std::nullopt;
    }
    const auto unit = units_[at];
    at ^= offset_of(unit);
    if (!has_value(unit)) {
      continue;
    }
    const auto begin = at < units_.size() ? units_[at] & 0x7FFF'FFFFU : replacements_.size();
    // A value that points into the middle of a character, or nowhere, is a broken file's: no rule.
    if (begin >= replacements_.size()
        || (static_cast<std::uint8_t>(replacements_[begin]) & 0xC0U) == 0x80U) {
      return std::nullopt;
    }
    const auto rest = std::string_view(replacements_).substr(begin);
    return rest.substr(0, std::min(rest.find('\0'), rest.size()));
  }
  return std::nullopt;
}

std::size_t charsmap::longest_replacement() const {
  std::size_t longest = 0;
  for (std::string_view rest = replacements_; !rest.empty();) {
    const auto bytes = std::min(rest.find('\0'), rest.size());
    longest = std::max(longest, bytes);
    rest.remove_prefix(std::min(bytes + 1, rest.size()));
  }
  return longest;
}

void charsmap::apply_cluster(std::string_view cluster, std::string& out) const {
  if (cluster.size() <= cluster_bytes_max) {
    if (const auto whole = find(cluster)) {
      out += *whole;
      return;
    }
  }
  while (!cluster.empty()) {
    const auto character = cluster.substr(0, utf8::first(cluster).bytes);
    out += find(character).value_or(character);
    cluster.remove_prefix(character.size());
  }
}

namespace {

/// Whether a cluster ends between two characters; `state` is the tables' memory of what was before.
bool is_border(char32_t left, char32_t right, utf8proc_int32_t& state) {
  if (left < 0x80 && right < 0x80) {
    state = 0;
    return left != '\r' || right != '\n';
  }
  return utf8proc_grapheme_break_stateful(static_cast<utf8proc_int32_t>(left),
                                          static_cast<utf8proc_int32_t>(right), &state);
}

} // namespace

void charsmap::apply(std::string_view text, std::string& out) const {
  utf8proc_int32_t state = 0;
  std::size_t begin = 0;
  std::size_t at = 0;
  char32_t previous = 0;
  while (at < text.size()) {
    const auto next = utf8::first(text.substr(at));
    if (at > 0 && is_border(previous, next.point, state)) {
      apply_cluster(text.substr(begin, at - begin), out);
      begin = at;
    }
    previous = next.point;
    at += next.bytes;
  }
  if (begin < text.size()) {
    apply_cluster(text.substr(begin), out);
  }
}

} // namespace troupe::text
