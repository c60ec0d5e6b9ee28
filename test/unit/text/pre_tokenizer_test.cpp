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
  pre_words cut;
  with.split(text, true, cut);
  std::string out;
  for (const auto word : cut.words) {
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

TEST_CASE("Punctuation, Whitespace and WhitespaceSplit cut words of characters") {
  CHECK(words_of(R"({"type":"Punctuation"})", "a,b+!c") == "a|,|b|+|!|c");
  CHECK(words_of(R"({"type":"Punctuation","behavior":"Contiguous"})", "a?!b") == "a|?!|b");
  CHECK(words_of(R"({"type":"Whitespace"})", " a_1  ½b!?\n") == "a_1|½|b|!?");
  CHECK(words_of(R"({"type":"WhitespaceSplit"})", " a,  b\u180e\t") == "a,|b\u180e");
}

TEST_CASE("Metaspace writes blanks visibly and cuts before them") {
  const auto blanks = [](std::string_view more, std::string_view text) {
    return words_of(R"({"type":"Metaspace","replacement":"_")" + std::string(more) + "}", text);
  };
  CHECK(blanks("", "a b  c") == "_a|_b|_|_c");
  CHECK(blanks("", " a") == "_a");
  CHECK(blanks(R"(,"add_prefix_space":false)", "a b") == "a|_b");
  CHECK(blanks(R"(,"prepend_scheme":"never","split":false)", "a b") == "a_b");
  CHECK(words_of(R"({"type":"Sequence","pretokenizers":[{"type":"WhitespaceSplit"},
          {"type":"Metaspace","replacement":"_","prepend_scheme":"first"}]})",
                 "a b")
        == "_a|b");
}

TEST_CASE("Oniguruma's shorthands keep their meaning") {
  const auto split = [](std::string_view pattern, std::string_view text) {
    return words_of(R"({"type":"Split","pattern":{"Regex":")" + std::string(pattern)
                        + R"("},"behavior":"Isolated"})",
                    text);
  };
  CHECK(split(R"(\\h+)", "xbeef0 g") == "x|beef0| g");
  CHECK(split(R"([\\h_]+)", "x_f g") == "x|_f| g");
  CHECK(split(R"(\\w+)", "-e\u0301-") == "-|e\u0301|-");
  CHECK(split(R"([\\s]+)", "a\u180e\u2003b") == "a\u180e|\u2003|b");
  CHECK(split(R"([^\\s]+)", "a\u180e b") == "a\u180e| |b");
  CHECK(split("^b", "a\nb") == "a\n|b");
  CHECK(split("[]a]+", "b]ab") == "b|]a|b");
  CHECK(split("a{1,2}+", "a") == "! pre_tokenizer.pattern");
  CHECK(split("[[a-c]d]", "a") == "! pre_tokenizer.pattern");
  CHECK(split("[[:digit:]]+", "a12") == "a|12");
}

TEST_CASE("steps after ByteLevel are refused") {
  CHECK(words_of(R"({"type":"Sequence","pretokenizers":[{"type":"ByteLevel"},{"type":"Digits"}]})",
                 "a")
        == "! pre_tokenizer.pretokenizers[1].type");
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
