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

TEST_CASE("of many tokens that begin alike the longest that stands there is found") {
  std::vector<added_token> tokens;
  for (token_id id = 0; id < 5'000; ++id) {
    tokens.push_back({.id = id, .content = "<unused" + std::to_string(id) + ">"});
    tokens.push_back({.id = 5'000 + id, .content = "<unused" + std::to_string(id)});
  }
  tokens.push_back({.id = 20'000, .content = "<", .special = true});
  tokens.push_back({.id = 20'001, .content = "<u"});
  const added_token_matcher with(tokens);

  CHECK(cut(with, "<unused4999>") == "[<unused4999>]");
  CHECK(cut(with, "<unused499<unused7>x") == "[<unused499]|[<unused7>]|x");
  CHECK(cut(with, "<unuse<v") == "[<u]|nuse|[<]|v");
  CHECK(cut(with, "<v<unused", false) == "<v|[<u]|nused");
  std::vector<text_part> parts;
  with.split(std::string(1'000'000, '<'), true, parts);
  CHECK(parts.size() == 1'000'000);
  CHECK(parts.back().token->id == 20'000);
}

TEST_CASE("of equal tokens the first counts") {
  const added_token_matcher with({{.id = 1, .content = "a", .special = true},
                                  {.id = 2, .content = "a"},
                                  {.id = 3, .content = "a"}});
  std::vector<text_part> parts;
  with.split("a", true, parts);
  with.split("a", false, parts);
  CHECK(parts.at(0).token->id == 1);
  CHECK(parts.at(1).token->id == 2);
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
