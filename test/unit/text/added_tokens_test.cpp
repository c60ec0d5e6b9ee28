// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/added_tokens.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

/// "text|[token]|text"
std::string cut(const added_token_matcher& with, std::string_view text, bool special = true) {
  std::vector<text_part> parts;
  with.split(text, special, parts);
  std::string out;
  for (const auto& part : parts) {
    out += out.empty() ? "" : "|";
    out += part.token == nullptr ? std::string(part.text) : "[" + std::string(part.text) + "]";
  }
  return out;
}

TEST_CASE("the leftmost and of these the longest token wins") {
  const added_token_matcher with(
      {{.id = 1, .content = "ab"}, {.id = 2, .content = "abc"}, {.id = 3, .content = "bcd"}});

  CHECK(cut(with, "xabcdx") == "x|[abc]|dx");
  CHECK(cut(with, "abab") == "[ab]|[ab]");
  CHECK(cut(with, "bcdab") == "[bcd]|[ab]");
  CHECK(cut(with, "nothing") == "nothing");
  CHECK(cut(with, "").empty());
}

TEST_CASE("special tokens are text where they are not asked for") {
  const added_token_matcher with(
      {{.id = 1, .content = "<s>", .special = true}, {.id = 2, .content = "<t>"}});

  CHECK(cut(with, "a<s><t>") == "a|[<s>]|[<t>]");
  CHECK(cut(with, "a<s><t>", false) == "a<s>|[<t>]");
}

TEST_CASE("lstrip and rstrip swallow the blanks beside a token") {
  const added_token_matcher left({{.id = 1, .content = "<m>", .lstrip = true}});
  const added_token_matcher right({{.id = 1, .content = "<m>", .rstrip = true}});

  CHECK(cut(left, "a \n<m> b") == "a|[ \n<m>]| b");
  CHECK(cut(right, "a <m>\t b") == "a |[<m>\t ]|b");
  CHECK(cut(right, "<m> <m>") == "[<m> ]|[<m>]");
}

TEST_CASE("a single_word token stands only between other characters") {
  const added_token_matcher with({{.id = 1, .content = "le", .single_word = true}});

  CHECK(cut(with, "le ale lé, le") == "[le]| ale lé, |[le]");
  CHECK(cut(with, "éle leé") == "éle leé");
  CHECK(cut(with, "e\u0301le _le") == "e\u0301le _le");
}

} // namespace
} // namespace troupe::text
