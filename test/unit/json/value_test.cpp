// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/value.hpp"

#include <doctest/doctest.h>

namespace troupe::json {
namespace {

TEST_CASE("a value knows its kind and hands out nothing of another kind") {
  const value text("x");

  CHECK(text.type() == kind::string);
  CHECK(*text.as_string() == "x");
  CHECK(text.as_bool() == nullptr);
  CHECK(text.as_integer() == nullptr);
  CHECK(!text.as_number());
  CHECK(text.find("x") == nullptr);
  CHECK(value(true).type() == kind::boolean);
  CHECK(value(7).type() == kind::integer);
  CHECK(value(std::uint64_t{1} << 63U).type() == kind::number);
}

TEST_CASE("set replaces in place and appends at the end") {
  value item;
  item.set("b", 1).set("a", 2).set("b", 3);

  REQUIRE(item.as_object()->size() == 2);
  CHECK(item.as_object()->front().name == "b");
  CHECK(*item.find("b")->as_integer() == 3);
}

TEST_CASE("push_back makes an array of anything else") {
  value item("text");
  item.push_back(1).push_back("two");

  REQUIRE(item.as_array() != nullptr);
  CHECK(item.as_array()->size() == 2);
}

TEST_CASE("equality ignores the order of members and the kind of equal numbers") {
  CHECK(object_of({{"a", 1}, {"b", 2}}) == object_of({{"b", 2.0}, {"a", 1}}));
  CHECK(object_of({{"a", 1}}) != object_of({{"a", 1}, {"b", 2}}));
  CHECK(value(value::array{1, 2}) != value(value::array{2, 1}));
  CHECK(value(1) != value(true));
  CHECK(value() == value(nullptr));
}

} // namespace
} // namespace troupe::json
