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

} // namespace
} // namespace troupe::utf8
