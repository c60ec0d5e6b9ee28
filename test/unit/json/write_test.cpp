// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/json/write.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

namespace troupe::json {
namespace {

std::string number(double x) {
  std::string out;
  append_number(out, x);
  return out;
}

TEST_CASE("append_number writes what Python's repr writes") {
  CHECK(number(0) == "0.0");
  CHECK(number(-0.0) == "-0.0");
  CHECK(number(1) == "1.0");
  CHECK(number(0.1) == "0.1");
  CHECK(number(1e-4) == "0.0001");
  CHECK(number(1e-5) == "1e-05");
  CHECK(number(123456789012345680.0) == "1.2345678901234568e+17");
  CHECK(number(1e15) == "1000000000000000.0");
  CHECK(number(1e16) == "1e+16");
  CHECK(number(5e-324) == "5e-324");
  CHECK(number(std::numeric_limits<double>::infinity()) == "null");
}

TEST_CASE("every finite double survives writing and reading") {
  rng random(3);
  for (int round = 0; round < 20'000; ++round) {
    const auto x = std::bit_cast<double>(random());
    if (!std::isfinite(x)) {
      continue;
    }
    const auto read = parse(number(x));
    REQUIRE(read);
    CHECK(read->type() == kind::number);
    CHECK(read->as_number() == x);
  }
}

TEST_CASE("append_string escapes what JSON demands and nothing else") {
  std::string out;
  append_string(out, std::string_view("a\"\\\b\f\n\r\t\x01\x1f\x7f/é\0z", 16));
  CHECK(out == "\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001f\x7f/é\\u0000z\"");

  out.clear();
  append_string(out, "é😀\x7f\xff", true);
  CHECK(out == "\"\\u00e9\\ud83d\\ude00\\u007f\\ufffd\"");
}

TEST_CASE("the python style writes as json.dumps does") {
  const auto item = object_of({{"b", value(value::array{1, 2.0, value(), value::array{}})},
                               {"a", object_of({})},
                               {"c", "é"}});

  CHECK(write(item) == "{\"b\":[1,2.0,null,[]],\"a\":{},\"c\":\"é\"}");
  CHECK(write(item, python) == "{\"b\": [1, 2.0, null, []], \"a\": {}, \"c\": \"é\"}");
  CHECK(write(item, {.item_separator = ",", .name_separator = ": ", .indent = 2})
        == "{\n  \"b\": [\n    1,\n    2.0,\n    null,\n    []\n  ],\n  \"a\": {},\n  \"c\": "
           "\"é\"\n}");
  CHECK(write(item, {.ascii = true, .sort_names = true})
        == "{\"a\":{},\"b\":[1,2.0,null,[]],\"c\":\"\\u00e9\"}");
}

} // namespace
} // namespace troupe::json
