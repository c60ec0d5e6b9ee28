// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/authority.hpp"

#include "runtime/keys/node_keys.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace troupe;
using namespace troupe::keys;
using troupe::process::temporary_directory;

namespace {

constexpr unix_seconds noon = 1'700'000'000;
constexpr unix_seconds day = 86'400;

authority::request for_node(const std::string& name) {
  return {.name = name, .node = 11, .roles = 12, .now = noon, .valid_for = day};
}

} // namespace

TEST_CASE("a directory of keys is made once, and its secrets are its user's only") {
  const temporary_directory here;
  const auto at = here.file("keys");
  REQUIRE(authority::create(at, "blue"));
  struct stat found{};
  REQUIRE(::stat((at + "/cluster.key").c_str(), &found) == 0);
  CHECK((found.st_mode & 0777U) == 0600U);
  CHECK(authority::create(at, "blue").err().code == errc::invalid_value);
  CHECK(authority::open(here.file("none")).err().code == errc::not_found);
}

TEST_CASE("a node's key stays when its certificate is issued again, unless it was revoked") {
  const temporary_directory here;
  auto keys = *authority::create(here.file("keys"), "blue");
  const auto first = keys.issue(for_node("w1"));
  const auto second = keys.issue(for_node("w1"));
  REQUIRE(first);
  REQUIRE(second);
  CHECK(first->link_key == second->link_key);
  CHECK(first->serial != second->serial);

  CHECK(*keys.revoke("w1") == 2);
  CHECK(*keys.revoke("w1") == 0);
  CHECK(load_node_keys(keys.directory_of("w1"), noon).err().code == errc::forbidden);
  const auto third = keys.issue(for_node("w1"));
  CHECK(third->link_key != first->link_key);
  CHECK(load_node_keys(keys.directory_of("w1"), noon));
}

TEST_CASE("a serial is revoked alone while its key has another certificate") {
  const temporary_directory here;
  auto keys = *authority::create(here.file("keys"), "blue");
  const auto old = keys.issue(for_node("w1"));
  REQUIRE(keys.issue(for_node("w1")));
  CHECK(*keys.revoke(serial_text(old->serial)) == 1);
  CHECK(keys.is_revoked(old->serial));
  CHECK(load_node_keys(keys.directory_of("w1"), noon));
  CHECK(keys.revoke("nobody").err().code == errc::not_found);
}

TEST_CASE("names that lead out of the directory are refused") {
  const temporary_directory here;
  auto keys = *authority::create(here.file("keys"), "blue");
  for (const auto* bad : {"", ".", "..", "a/b", "../x", ".hidden", "a b", "a\n", "\xc3\xa4"}) {
    CHECK(keys.issue(for_node(bad)).err().code == errc::invalid_value);
  }
  auto no_role = for_node("w1");
  no_role.roles = 0;
  CHECK(keys.issue(no_role).err().code == errc::invalid_value);
}

TEST_CASE("what was issued and revoked is there when the directory is opened again") {
  const temporary_directory here;
  const auto at = here.file("keys");
  {
    auto keys = *authority::create(at, "blue");
    REQUIRE(keys.issue(for_node("w1")));
    REQUIRE(keys.issue(for_node("w2")));
    REQUIRE(keys.revoke("w1"));
  }
  auto keys = authority::open(at);
  REQUIRE(keys);
  CHECK(keys->cluster() == "blue");
  REQUIRE(keys->issued().size() == 2);
  CHECK(keys->is_revoked(keys->issued()[0].serial));
  CHECK(!keys->is_revoked(keys->issued()[1].serial));
}

TEST_CASE("after one rotation old certificates hold, after two they do not") {
  const temporary_directory here;
  auto keys = *authority::create(here.file("keys"), "blue");
  REQUIRE(keys.issue(for_node("old")));
  REQUIRE(keys.rotate());
  REQUIRE(keys.issue(for_node("new")));
  CHECK(load_node_keys(keys.directory_of("old"), noon));
  CHECK(load_node_keys(keys.directory_of("new"), noon));
  REQUIRE(keys.rotate());
  CHECK(load_node_keys(keys.directory_of("old"), noon).err().code == errc::forbidden);
  CHECK(load_node_keys(keys.directory_of("new"), noon));
}
