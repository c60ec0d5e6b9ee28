// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/assembly/node_roles.hpp"

#include <doctest/doctest.h>

using namespace troupe;

TEST_CASE("roles are read from a list and written back in one order") {
  const auto roles = parse_node_roles("cache,gateway,cache");
  REQUIRE(roles);
  CHECK(*roles == (node_role::cache | node_role::gateway));
  CHECK(format_node_roles(*roles) == "gateway,cache");
  CHECK(*parse_node_roles("worker") == *parse_node_roles("decode,prefill"));
}

TEST_CASE("every single role survives being written and read") {
  for (node_roles bit = 1; bit <= node_role::agent; bit <<= 1U) {
    const auto text = format_node_roles(bit);
    CHECK_FALSE(text.empty());
    const auto back = parse_node_roles(text);
    REQUIRE(back);
    CHECK(*back == bit);
  }
  CHECK(*parse_node_roles(format_node_roles(node_role::all)) == node_role::all);
}

TEST_CASE("all is what one process needs to serve: no agent, no cache") {
  CHECK((node_role::all & (node_role::agent | node_role::cache)) == 0);
  CHECK(format_node_roles(node_role::all) == "gateway,router,prefill,decode,planner,directory");
}

TEST_CASE("an unknown or empty role is refused with the ones there are") {
  for (const std::string text :
       {"gatway", "gateway,", ",gateway", "gateway,,router", "gateway, router", "Gateway"}) {
    CAPTURE(text);
    const auto roles = parse_node_roles(text);
    REQUIRE_FALSE(roles.has_value());
    CHECK(roles.err().code == errc::invalid_value);
    CHECK(roles.err().field == "role");
    CHECK(roles.err().text.find("cache") != std::string::npos);
  }
  CHECK(parse_node_roles("").err().text == "no role given");
}
