// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/fields.hpp"

#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

namespace troupe::json {
namespace {

value document(std::string_view text) {
  auto read = parse(text);
  REQUIRE(read);
  return std::move(*read);
}

TEST_CASE("object_reader reads required and optional fields") {
  const auto from = document(R"({"s":"x","i":3,"n":2,"b":true,"l":[1],"o":{"k":1},"z":null})");
  complaints wrong;
  const object_reader in(from, "", wrong);

  CHECK(in.string("s") == "x");
  CHECK(in.integer("i", {1, 3}) == 3);
  CHECK(in.number("n") == 2.0);
  CHECK(in.boolean("b"));
  CHECK(in.array("l").size() == 1);
  CHECK(in.object("o").integer("k") == 1);
  CHECK(in.string_or("z", "absent") == "absent");
  CHECK(in.integer_or("none", 5) == 5);
  CHECK(!in.maybe_object("none"));
  CHECK(wrong.empty());
}

TEST_CASE("object_reader names path, expectation and remedy of the first thing wrong") {
  const auto from = document(R"({"messages":[{"content":7}],"n":99,"x":null})");
  const auto first = [&](auto&& read) {
    complaints wrong;
    read(object_reader(from, "", wrong));
    REQUIRE(wrong.first());
    return *wrong.first();
  };

  auto why = first([](const object_reader& in) {
    const object_reader inner(in.array("messages")[0], path_at("messages", 0), in.wrong());
    CHECK(inner.string("content").empty());
    CHECK(inner.string("role").empty());
  });
  CHECK(why.code == errc::invalid_value);
  CHECK(why.field == "messages[0].content");
  CHECK(why.text == "messages[0].content: expected a string, got an integer; correct its type");

  why = first([](const object_reader& in) { CHECK(in.integer("n", {1, 16}) == 1); });
  CHECK(why.text == "n: is 99; give a value from 1 to 16");

  why = first([](const object_reader& in) { CHECK(in.string("model").empty()); });
  CHECK(why.text == "model: is missing but required; add it");

  why = first([](const object_reader& in) { CHECK(in.string("x").empty()); });
  CHECK(why.text == "x: is null but required; give it a value");

  why = first([](const object_reader& in) { in.refuse_unknown({"messages", "x"}); });
  CHECK(why.field == "n");
}

TEST_CASE("object_reader on something else complains once and reads defaults") {
  const auto from = document("[1]");
  complaints wrong;
  const object_reader in(from, "body", wrong);

  CHECK(in.integer_or("a", 4) == 4);
  CHECK(in.object("o").array("l").empty());
  REQUIRE(wrong.first());
  CHECK(wrong.first()->field == "body");
}

} // namespace
} // namespace troupe::json
