// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/word_memo.hpp"

#include "test/unit/text/small_tokenizer.hpp"

#include <doctest/doctest.h>

#include <string>

namespace troupe::text {
namespace {

TEST_CASE("a remembered word is known to its tokenizer alone") {
  word_memo memo;
  token_list out{7};
  memo.remember(1, "word", token_list{1, 2});

  CHECK(memo.append_known(1, "word", out));
  CHECK(out == token_list{7, 1, 2});
  CHECK(!memo.append_known(2, "word", out));
  CHECK(!memo.append_known(1, "word ", out));
  memo.clear();
  CHECK(!memo.append_known(1, "word", out));
}

TEST_CASE("long words are not kept, and the empty word is one like any other") {
  word_memo memo;
  token_list out;
  const std::string longest(26, 'x');
  memo.remember(1, longest, token_list(8, 3));
  memo.remember(1, longest + "x", token_list{1});
  memo.remember(1, "many", token_list(9, 3));
  memo.remember(1, "", token_list{});

  CHECK(memo.append_known(1, longest, out));
  CHECK(out == token_list(8, 3));
  CHECK(!memo.append_known(1, longest + "x", out));
  CHECK(!memo.append_known(1, "many", out));
  CHECK(memo.append_known(1, "", out));
}

TEST_CASE("the newest word of a place is known, and of many most are") {
  word_memo memo;
  constexpr std::uint32_t count = 4096;
  for (std::uint32_t i = 0; i < count; ++i) {
    memo.remember(1, std::to_string(i), token_list{i});
    token_list out;
    REQUIRE(memo.append_known(1, std::to_string(i), out));
    REQUIRE(out == token_list{i});
  }
  std::uint32_t known = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    token_list out;
    if (memo.append_known(1, std::to_string(i), out)) {
      CHECK(out == token_list{i});
      ++known;
    }
  }
  // Half a word a pair of places: about 0.5^2 / 6 of the words have two after them in theirs.
  CHECK(known > count * 95 / 100);
}

TEST_CASE("whatever was remembered is what encoding gives") {
  const auto one = made(small_document({{"h", "e"}}));
  const auto other = made(small_document({{"e", "y"}}));
  for (int round = 0; round < 3; ++round) {
    CHECK(one->encode("hey") == token_list{256, 'y'});
    CHECK(other->encode("hey") == token_list{'h', 256});
  }
}

} // namespace
} // namespace troupe::text
