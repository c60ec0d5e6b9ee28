// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/result.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

using namespace troupe;

TEST_CASE("a result is its value or its error") {
  const result<int> value = 0;
  const result<int> why = error{.code = errc::timeout, .text = "late"};

  REQUIRE(value);
  CHECK(*value == 0);
  CHECK_FALSE(why.has_value());
  CHECK(why.err().code == errc::timeout);
  CHECK(why.err().text == "late");
}

TEST_CASE("a value that moves only is moved out, and members are reached through it") {
  result<std::unique_ptr<std::string>> made = std::make_unique<std::string>("x");
  CHECK((*made)->size() == 1);
  result<std::string> text = std::string("abc");
  text->push_back('d');

  const std::string moved = *std::move(text);
  const auto owned = *std::move(made);

  CHECK(moved == "abcd");
  CHECK(*owned == "x");
}

TEST_CASE("an error inside a value is a value") {
  const result<result<int>> nested = result<int>(error{.code = errc::malformed});

  REQUIRE(nested.has_value());
  CHECK(nested->err().code == errc::malformed);
}

TEST_CASE("an error moves out with its text") {
  const std::string text(100, 'x');
  result<int> failed = error{.code = errc::malformed, .text = text, .field = "a"};

  const error why = std::move(failed).err();

  CHECK(why.text == text);
  CHECK(why.field == "a");
}

TEST_CASE("success without a value is the default") {
  const result<void> fine;
  const result<void> why = error{.code = errc::none};

  CHECK(fine.has_value());
  CHECK_FALSE(why.has_value());
}
