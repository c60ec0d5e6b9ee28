// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/known_endpoints.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

node_ref node(std::uint64_t n) {
  return {.node = {n}, .life = {n}};
}

const std::vector<std::string> here{"tcp://127.0.0.1:1"};
const std::vector<std::string> there{"tcp://127.0.0.1:2"};

} // namespace

TEST_CASE("endpoints are known while somebody speaks of the node or a session to it stands") {
  known_endpoints all;
  all.learn(node(1), here);
  all.session_stands(node(1), there);
  REQUIRE(all.find(node(1)) != nullptr);
  CHECK(*all.find(node(1)) == there);

  SUBCASE("the session ends first") {
    all.session_ended(node(1));
    CHECK(all.find(node(1)) != nullptr);
    all.unlearn(node(1));
  }
  SUBCASE("the node is spoken of no more first") {
    all.unlearn(node(1));
    CHECK(all.find(node(1)) != nullptr);
    all.session_ended(node(1));
  }
  CHECK(all.find(node(1)) == nullptr);
  CHECK(all.size() == 0);
}

TEST_CASE("many who come and go leave nothing behind") {
  known_endpoints all;
  for (std::uint64_t n = 1; n <= 1000; ++n) {
    all.learn(node(n), here);
    all.session_stands(node(n), there);
    all.session_ended(node(n));
    all.unlearn(node(n));
    all.session_ended(node(n));
  }
  CHECK(all.size() == 0);
}

TEST_CASE("of strangers the last few are remembered, and all whose sessions stand") {
  known_endpoints all;
  all.session_stands(node(1), here);
  all.session_ended(node(1));
  all.session_stands(node(1), here);
  for (std::uint64_t n = 2; n <= 1000; ++n) {
    all.session_stands(node(n), there);
    all.session_ended(node(n));
  }
  CHECK(all.size() <= known_endpoints::strangers_max + 1);
  CHECK(all.find(node(1)) != nullptr);
  CHECK(all.find(node(2)) == nullptr);
  CHECK(all.find(node(1000)) != nullptr);
}

TEST_CASE("no more endpoints are known than there may be") {
  known_endpoints all;
  for (std::uint64_t n = 1; n <= known_endpoints::most + 10; ++n) {
    all.learn(node(n), here);
  }
  CHECK(all.size() == known_endpoints::most);
  CHECK(all.find(node(1)) != nullptr);
  CHECK(all.find(node(known_endpoints::most + 1)) == nullptr);
}
