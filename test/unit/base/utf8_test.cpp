// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/utf8.hpp"

#include <doctest/doctest.h>

namespace troupe::utf8 {
namespace {

TEST_CASE("append and first are inverse for every scalar value") {
  std::string text;
  for (char32_t point = 0; point <= 0x10FFFF; ++point) {
    if (point >= 0xD800 && point < 0xE000) {
      continue;
    }
    text.clear();
    append(text, point);
    const auto read = first(text);
    REQUIRE(read.state == status::valid);
    REQUIRE(read.point == point);
    REQUIRE(read.bytes == text.size());
    REQUIRE(first_invalid(text) == text.size());
  }
}

TEST_CASE("first tells what can never become a character from what may") {
  CHECK(first("\x80").state == status::invalid);
  CHECK(first("\xC0\x80").state == status::invalid);
  CHECK(first("\xED\xA0\x80").bytes == 1);
  CHECK(first("\xF5").state == status::invalid);
  CHECK(first("\xF0\x9F\x98").state == status::truncated);
  CHECK(first("\xF0\x9F\x98").bytes == 3);
  CHECK(first("\xF0\x9F\x98x").state == status::invalid);
  CHECK(first("\xF0\x9F\x98x").bytes == 3);
  CHECK(first("\xE0\x80").state == status::invalid);
}

TEST_CASE("append replaces what is no scalar value") {
  std::string text;
  append(text, 0xD800);
  append(text, 0x110000);
  CHECK(text == "\uFFFD\uFFFD");
}

TEST_CASE("count and first_invalid see characters, not bytes") {
  CHECK(count("aé😀") == 3);
  CHECK(first_invalid("0123456789é\xFF") == 12);
  CHECK(first_invalid("0123456789é\xE2\x82") == 12);
}

TEST_CASE("a text is cut between characters") {
  CHECK(cut("abc", 3) == "abc");
  CHECK(cut("abc", 2) == "ab");
  CHECK(cut("abc", 0).empty());
  CHECK(cut("aé", 3) == "aé");
  CHECK(cut("aéb", 3) == "aé");
  CHECK(cut("aé", 2) == "a");
  for (std::size_t bytes = 1; bytes < 5; ++bytes) {
    CHECK(cut("a😀b", bytes) == "a");
  }
  CHECK(cut("a😀b", 5) == "a😀");
  CHECK(cut("😀", 3).empty());
}

TEST_CASE("what is no UTF-8 is cut where it is told to") {
  CHECK(cut("\x80\x80\x80\x80\x80", 4).size() == 4);
  CHECK(cut("\xFF\xFF\xFF", 1).size() == 1);
}

TEST_CASE("a repaired text is UTF-8 and cut between characters") {
  CHECK(repaired("aé", 2) == "a");
  CHECK(repaired("aé", 3) == "aé");
  CHECK(repaired("a\xFF"
                 "b",
                 9)
        == "a?b");
  CHECK(repaired("a\xE2\x82", 9) == "a?");
  CHECK(repaired("\xFF\xFF\xFF", 2) == "??");
  CHECK(repaired("", 5).empty());
}

} // namespace
} // namespace troupe::utf8
