// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/bpe_alphabet.hpp"

#include "runtime/base/utf8.hpp"

#include <algorithm>

namespace troupe::text {

void bpe_alphabet::append(std::string_view word, token_list& out) const {
  if (!is_byte_level) {
    append_characters(word, out);
    return;
  }
  for (const char c : word) {
    const auto token = bytes[static_cast<std::uint8_t>(c)];
    if (token != no_token) {
      out.push_back(token);
    }
  }
}

void bpe_alphabet::append_characters(std::string_view word, token_list& out) const {
  // An unknown character is held until the next one that has a token of its own: byte tokens do
  // not end a run of unknown ones. That is what the reference does.
  bool is_held = false;
  while (!word.empty()) {
    const auto next = utf8::first(word);
    const auto character = word.substr(0, next.bytes);
    word.remove_prefix(next.bytes);
    if (const auto token = token_of(next.point); token != no_token) {
      if (is_held) {
        out.push_back(*unknown);
        is_held = false;
      }
      out.push_back(token);
    } else if (!append_bytes(character, out) && unknown) {
      if (is_held && !fuse_unknown) {
        out.push_back(*unknown);
      }
      is_held = true;
    }
  }
  if (is_held) {
    out.push_back(*unknown);
  }
}

token_id bpe_alphabet::token_of(char32_t point) const {
  if (point < 0x80) {
    return ascii[point];
  }
  const auto found = points.find(point);
  return found == points.end() ? no_token : found->second;
}

bool bpe_alphabet::append_bytes(std::string_view character, token_list& out) const {
  const auto token_of_byte = [&](char c) {
    return bytes[static_cast<std::uint8_t>(c)];
  };
  if (std::ranges::any_of(character, [&](char c) { return token_of_byte(c) == no_token; })) {
    return false;
  }
  std::ranges::transform(character, std::back_inserter(out), token_of_byte);
  return true;
}

} // namespace troupe::text
