// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/character_class.hpp"

#include "engine/text/regex.hpp"
#include "runtime/base/utf8.hpp"

#include <algorithm>
#include <string>

namespace troupe::text {

namespace {

constexpr char32_t block_points = 256;

bool is_surrogate(char32_t point) {
  return point >= 0xD800 && point < 0xE000;
}

void mark(std::array<character_class, 256>& out, char32_t first, const std::string& characters,
          const regex& pattern, character_class as) {
  std::size_t at = 0;
  while (const auto found = pattern.find(characters, at)) {
    for (at = found->begin; at < found->end;) {
      const auto next = utf8::first(std::string_view(characters).substr(at));
      out[next.point - first] = as;
      at += next.bytes;
    }
  }
}

} // namespace

const character_classes& character_classes::shared() {
  static const character_classes made;
  return made;
}

character_classes::character_classes() {
  const auto letters = regex::compile(R"(\p{L}+)");
  const auto numbers = regex::compile(R"(\p{N}+)");
  const auto blanks = regex::from_oniguruma(R"(\s+)");
  std::string characters;
  for (char32_t first = 0; first < 0x110000; first += block_points) {
    block made{};
    if (!is_surrogate(first)) {
      characters.clear();
      for (auto point = first; point < first + block_points; ++point) {
        utf8::append(characters, point);
      }
      mark(made, first, characters, *letters, character_class::letter);
      mark(made, first, characters, *numbers, character_class::number);
      mark(made, first, characters, *blanks, character_class::blank);
    }
    if (first == 0) {
      made['\r'] = character_class::line_end;
      made['\n'] = character_class::line_end;
    }
    auto known = std::ranges::find(blocks_, made);
    if (known == blocks_.end()) {
      known = blocks_.insert(known, made);
    }
    block_of_[first / block_points] = static_cast<std::uint16_t>(known - blocks_.begin());
  }
}

} // namespace troupe::text
