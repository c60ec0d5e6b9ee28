// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/read.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/json/write.hpp"

#include <doctest/doctest.h>

#include <array>

namespace troupe::json {
namespace {

error refused(std::string_view text, const read_limits& limits = {}) {
  auto read = parse(text, limits);
  if (read) {
    return {};
  }
  return std::move(read).err();
}

TEST_CASE("parse keeps kinds, order and text") {
  const auto read =
      parse(R"( {"b": [1, -2, 1.5, true, false, null], "a": "x\n\u00e9\ud83d\ude00"} )");

  REQUIRE(read);
  CHECK(write(*read) == "{\"b\":[1,-2,1.5,true,false,null],\"a\":\"x\\né😀\"}");
}

TEST_CASE("parse keeps 64-bit integers exactly and makes larger ones numbers") {
  const auto read = parse("[9223372036854775807, -9223372036854775808, 18446744073709551615]");

  REQUIRE(read);
  const auto& items = *read->as_array();
  CHECK(*items[0].as_integer() == 9223372036854775807);
  CHECK(*items[1].as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(items[2].type() == kind::number);
  CHECK(items[2].as_number() == 18446744073709551615.0);
}

TEST_CASE("parse accepts every kind of text at the top") {
  for (const std::string_view text :
       {"null", "true", "0", "-0", "1e3", "\"\"", "[]", "{}", " [ ] "}) {
    CAPTURE(text);
    CHECK(parse(text));
  }
}

TEST_CASE("parse refuses what is not JSON and says where") {
  struct example {
    std::string_view text;
    std::string_view at;
  };
  constexpr std::array examples{example{"", "(byte 0)"},
                                example{"{", "(byte 1)"},
                                example{"[1,]", "(byte 3)"},
                                example{"[1 2]", "(byte 3)"},
                                example{"{\"a\" 1}", "(byte 5)"},
                                example{"{\"a\":1,}", "(byte 7)"},
                                example{"{a:1}", "(byte 1)"},
                                example{"[1] x", "(byte 4)"},
                                example{"nul", "(byte 0)"},
                                example{"[01]", "(byte 1)"},
                                example{"[1.]", "(byte 3)"},
                                example{"\"a", "(byte 0)"},
                                example{"\"a\nb\"", "(byte 2)"},
                                example{"\"\\x\"", "(byte 1)"},
                                example{"[\"\\u12g4\"]", "(byte 2)"},
                                example{"\"\xC3\"", "(byte 1)"},
                                example{"[\"ok\", \"\xED\xA0\x80\"]", "(byte 8)"},
                                example{"\xEF\xBB\xBF{}", "(byte 0)"},
                                example{"[+1]", "(byte 1)"},
                                example{"[1}", "(byte 2)"},
                                example{"// c\n1", "(byte 0)"},
                                example{"[NaN]", "(byte 1)"}};
  for (const auto& one : examples) {
    CAPTURE(one.text);
    const auto why = refused(one.text);
    CHECK(why.code == errc::malformed);
    CAPTURE(why.text);
    CHECK(why.text.find(one.at) != std::string::npos);
  }
}

TEST_CASE("parse refuses halves of surrogate pairs but takes pairs") {
  for (const std::string_view text : {R"("\ud800")", R"("\udc00")", R"("\ud83dx")", R"("\ud83d\n")",
                                      R"("\ud83d\ud83d")", R"(["\uDE00"])"}) {
    CAPTURE(text);
    CHECK(refused(text).code == errc::malformed);
  }
  CHECK(*parse(R"("\uD83D\uDE00")")->as_string() == "😀");
  CHECK(*parse(R"("\\ud800")")->as_string() == "\\ud800");
}

TEST_CASE("parse names the path of a duplicate name") {
  const auto why = refused(R"({"x": [0, {"a": 1, "b": 2, "a": 3}]})");

  CHECK(why.code == errc::malformed);
  CHECK(why.field == "x[1].a");
  CHECK(refused(R"({"a":1,"\u0061":2})").field == "a");
}

TEST_CASE("parse holds a text to its limits before building anything") {
  CHECK(refused("[[[1]]]", {.depth = 2}).code == errc::too_large);
  CHECK(parse("[[1]]", {.depth = 2}));
  CHECK(refused("[1,2,3]", {.items = 2}).code == errc::too_large);
  CHECK(refused("[1,2,3]", {.bytes = 6}).code == errc::too_large);
  CHECK(refused(std::string(65, '1')).code == errc::too_large);
  CHECK(refused(std::string(100'000, '[')).code == errc::too_large);
  CHECK(refused("1e999").code == errc::malformed);
}

TEST_CASE("parse survives mutations and agrees with itself on what it accepts") {
  const std::string seed =
      R"({"id":12,"name":"caf\u00e9 \ud83d\ude00","list":[1,2.5,-3e-2,true,null,{"k":"v"}],"o":{}})";
  rng random(7);
  int accepted = 0;
  for (int round = 0; round < 20'000; ++round) {
    auto text = seed;
    const auto edits = 1 + random.below(4);
    for (std::uint64_t edit = 0; edit < edits; ++edit) {
      const auto at = random.below(text.size());
      switch (random.below(3)) {
        case 0:
          text[at] = static_cast<char>(random.below(256));
          break;
        case 1:
          text.erase(at, 1 + random.below(4));
          break;
        default:
          text.insert(at, 1, seed[random.below(seed.size())]);
      }
    }
    if (const auto read = parse(text)) {
      ++accepted;
      const auto again = parse(write(*read));
      REQUIRE(again);
      CHECK(*again == *read);
    }
  }
  CHECK(accepted > 100);
  CHECK(accepted < 19'000);
}

} // namespace
} // namespace troupe::json
