// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/address.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

TEST_CASE("an address names host, port, user, password and database") {
  const auto plain = redis::parse_address("redis://db.example", "x");
  REQUIRE(plain.has_value());
  CHECK(plain->where == host_port{"db.example", 6379});

  const auto full = redis::parse_address("redis://troupe:p@ss:word@[::1]:7000/3", "x");
  REQUIRE(full.has_value());
  CHECK(full->where == host_port{"::1", 7000});
  CHECK(full->user == "troupe");
  CHECK(full->password == "p@ss:word");
  CHECK(full->database == 3);
  CHECK(redis::format_address(*full) == "redis://[::1]:7000/3");
}

TEST_CASE("what is no address is refused, and no password is repeated") {
  for (const auto* text : {"", "db:6379", "http://db:6379", "redis://", "redis://:0",
                           "redis://db:x", "redis://db/x", "redis://secret@db"}) {
    CAPTURE(text);
    const auto got = redis::parse_address(text, "node.directory");
    REQUIRE_FALSE(got.has_value());
    CHECK(got.err().field == "node.directory");
    CHECK(got.err().text.find("secret") == std::string::npos);
  }
}
