// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/pre_tokenizer.hpp"

#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

/// The words joined by '|'.
std::string words_of(std::string_view description, std::string_view text) {
  const auto document = json::parse(description);
  REQUIRE(document);
  json::complaints wrong;
  const auto with = pre_tokenizer::parse(*document, "pre_tokenizer", wrong);
  if (wrong.first()) {
    return "! " + wrong.first()->field;
  }
  std::string storage;
  std::vector<std::string_view> words;
  with.split(text, storage, words);
  std::string out;
  for (const auto word : words) {
    out += out.empty() ? "" : "|";
    out += word;
  }
  return out;
}

std::string split_on_dash(std::string_view behavior, std::string_view text, bool invert = false) {
  return words_of(R"({"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"String":"-"},
    "behavior":")" + std::string(behavior)
                      + "\",\"invert\":" + (invert ? "true" : "false")
                      + R"(},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]})",
                  text);
}

TEST_CASE("each behaviour keeps the delimiters where it says") {
  const std::string_view text = "the-final--countdown";

  CHECK(split_on_dash("Removed", text) == "the|final|countdown");
  CHECK(split_on_dash("Isolated", text) == "the|-|final|-|-|countdown");
  CHECK(split_on_dash("MergedWithPrevious", text) == "the-|final-|-|countdown");
  CHECK(split_on_dash("MergedWithNext", text) == "the|-final|-|-countdown");
  CHECK(split_on_dash("Contiguous", text) == "the|-|final|--|countdown");
  CHECK(split_on_dash("Removed", text, true) == "-|-|-");
  CHECK(split_on_dash("Sideways", text) == "! pre_tokenizer.pretokenizers[0].behavior");
}

TEST_CASE("ByteLevel cuts as GPT-2 does unless told not to") {
  CHECK(words_of(R"({"type":"ByteLevel","add_prefix_space":false})", "it's  a 12 x!\n")
        == "it|'s| | a| 12| x|!|\n");
  CHECK(words_of(R"({"type":"ByteLevel","add_prefix_space":true})", "it") == " it");
  CHECK(words_of(R"({"type":"ByteLevel","add_prefix_space":true})", " it") == " it");
  CHECK(words_of(R"({"type":"ByteLevel","add_prefix_space":false,"use_regex":false})", "a b")
        == "a b");
}

TEST_CASE("Digits come one by one or in runs") {
  const auto digits = [](std::string_view individual) {
    return words_of(R"({"type":"Sequence","pretokenizers":[{"type":"Digits","individual_digits":)"
                        + std::string(individual)
                        + R"(},{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]})",
                    "a12b");
  };
  CHECK(digits("true") == "a|1|2|b");
  CHECK(digits("false") == "a|12|b");
}

TEST_CASE("steps after ByteLevel and steps without it are refused") {
  CHECK(words_of(R"({"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]})",
                 "a")
        == "! pre_tokenizer.pretokenizers[1].type");
  CHECK(words_of(R"({"type":"Digits"})", "a") == "! pre_tokenizer");
}

TEST_CASE("a pattern that backtracks without end leaves the rest whole") {
  CHECK(words_of(R"({"type":"Sequence","pretokenizers":[
          {"type":"Split","pattern":{"Regex":"(a|a|aa)+b"},"behavior":"Isolated"},
          {"type":"ByteLevel","add_prefix_space":false,"use_regex":false}]})",
                 std::string(60, 'a'))
        == std::string(60, 'a'));
}

} // namespace
} // namespace troupe::text
