// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/word_memo.hpp"

#include <algorithm>
#include <cstring>

namespace troupe::text {

word_memo& word_memo::of_thread() {
  thread_local word_memo kept;
  return kept;
}

std::size_t word_memo::place_of(std::uint32_t serial, std::string_view word) {
  std::uint64_t state = (std::uint64_t{serial} << 8U | word.size()) * 0x9e3779b97f4a7c15ULL;
  while (!word.empty()) {
    std::uint64_t bytes = 0;
    const auto taken = std::min(word.size(), sizeof bytes);
    std::memcpy(&bytes, word.data(), taken);
    state = (state ^ bytes) * 0xbf58476d1ce4e5b9ULL;
    state ^= state >> 32U;
    word.remove_prefix(taken);
  }
  return state % places_count & ~std::size_t{1};
}

bool word_memo::append_known(std::uint32_t serial, std::string_view word, token_list& out) const {
  if (word.size() > word_bytes_max) {
    return false;
  }
  const auto first = place_of(serial, word);
  for (const auto* at : {&places_[first], &places_[first + 1]}) {
    if (holds(*at, serial, word)) {
      out.insert(out.end(), at->tokens.begin(), at->tokens.begin() + at->tokens_count);
      return true;
    }
  }
  return false;
}

void word_memo::remember(std::uint32_t serial, std::string_view word,
                         std::span<const token_id> tokens) {
  if (word.size() > word_bytes_max || tokens.size() > tokens_max) {
    return;
  }
  const auto first = place_of(serial, word);
  auto& at = places_[first];
  places_[first + 1] = at;
  at.serial = serial;
  at.tokens_count = static_cast<std::uint8_t>(tokens.size());
  at.word_bytes = static_cast<std::uint8_t>(word.size());
  std::ranges::copy(tokens, at.tokens.begin());
  std::ranges::copy(word, at.word.begin());
}

void word_memo::clear() {
  std::ranges::fill(places_, place{});
}

} // namespace troupe::text
