// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/word_scanner.hpp"

#include "engine/text/character_class.hpp"
#include "engine/text/split_rule.hpp"
#include "engine/text/white_space.hpp"
#include "test/unit/text/random_texts.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

const std::string llama3 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";
const std::string qwen2 =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

/// Dense in what the patterns tell apart.
std::string dense_text(rng& random) {
  static const std::vector<std::string> parts{
      "'",      "s",      "S",      "re",         "LL",     "'ve",    "\xC5\xBF", " ", " ",
      "\n",     "\r",     "\t",     "7",          "a",      "\u00e9", ".",        "!", "\u00a0",
      "\u2003", "\u0660", "\u6f22", "\U0001F600", "\u180e", "\u0301", "\u212a"};
  std::string out;
  for (auto left = random.below(24); left > 0; --left) {
    out += parts[random.below(parts.size())];
  }
  return out;
}

void check_same(const split_rule& by_pattern, const word_scanner& scanner, std::string_view text) {
  std::vector<std::string_view> expected;
  std::vector<std::string_view> words;
  by_pattern.apply(text, expected);
  scanner.split(text, words);
  CAPTURE(text);
  REQUIRE(words == expected);
}

TEST_CASE("the hand scanners cut where the regular expressions do") {
  const random_texts texts;
  for (const auto& pattern : {std::string(gpt2_pattern()), llama3, qwen2}) {
    CAPTURE(pattern);
    const auto scanner = word_scanner::of(pattern);
    REQUIRE(scanner);
    auto compiled = regex::from_oniguruma(pattern);
    REQUIRE(compiled);
    const split_rule by_pattern{std::move(*compiled), split_behavior::isolated, false, {}};
    rng random(31);
    for (int round = 0; round < 20'000; ++round) {
      check_same(by_pattern, *scanner, dense_text(random));
    }
    for (std::uint64_t index = 0; index < 10'000; ++index) {
      const auto text = texts.at(index);
      if (utf8::first_invalid(text) == text.size()) {
        check_same(by_pattern, *scanner, text);
      }
    }
  }
}

TEST_CASE("only the patterns that are known to the letter have a scanner") {
  CHECK(!word_scanner::of(llama3 + " "));
  CHECK(!word_scanner::of(""));
}

TEST_CASE("classes are those of the regular expressions") {
  const auto& classes = character_classes::shared();
  for (char32_t point = 0; point < 0x3100; ++point) {
    const auto found = classes.of(point);
    const bool is_white = found == character_class::blank || found == character_class::line_end;
    CHECK(is_white == is_white_space(point));
  }
  CHECK(classes.of(0x20000) == character_class::letter);
  CHECK(classes.of(0x1D7CE) == character_class::number);
  CHECK(classes.of(0x110000) == character_class::other);
  CHECK(classes.of_ascii('_') == character_class::other);
}

} // namespace
} // namespace troupe::text
