// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/codec/print.hpp"

#include "test/unit/codec/sample.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

TEST_CASE("a printed message shows its name and what differs from the defaults") {
  sample value;
  value.tiny = -3;
  value.hue = color::blue;
  value.maybe = inner{.a = 1, .b = "x"};
  value.names = {name_id{{0, 255}}};

  CHECK(print(value)
        == "sample{tiny=-3 hue=2 maybe={a=1 b=\"x\"} names=[000000000000000000000000000000ff]}");
}

TEST_CASE("printed text cannot move a terminal or end its quotes") {
  CHECK(print(inner{.a = 7, .b = "a\"\x1B\n\\\xFF"}) == "{b=\"a\\\"\\x1b\\x0a\\\\?\"}");
}

TEST_CASE("long text, lists and messages are cut") {
  sample value;
  value.tokens.resize(20);
  value.text = std::string(100, 'a');
  CHECK(print(value)
        == "sample{text=\"" + std::string(80, 'a') + "\"..100 tokens=[0 0 0 0 0 0 0 0 ..20]}");
  CHECK(print(value, 20).size() <= 22);
}
