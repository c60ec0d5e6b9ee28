// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_bundle.hpp"

#include "actors/assembly/node_roles.hpp"
#include "apps/troupe/key_options.hpp"
#include "runtime/keys/authority.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>

using namespace troupe;

namespace {

unsigned mode_of(const std::string& path) {
  struct stat found{};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  return found.st_mode & 0777U;
}

std::string one_key(const std::string& node, const std::string& file) {
  return R"({"cluster_file":"","keys":[{"node":")" + node + R"(","file":")" + file
         + R"(","text":"x"}]})";
}

} // namespace

TEST_CASE("a bundle reads back as it was written") {
  const auto read = read_bundle(write_bundle(
      {.cluster_file = "name: \"a\"\n", .keys = {{"d-1", "node.key", "# s\nQUJD\n"}}}));

  REQUIRE(read);
  CHECK(read->cluster_file == "name: \"a\"\n");
  REQUIRE(read->keys.size() == 1);
  CHECK(read->keys[0].node == "d-1");
  CHECK(read->keys[0].file == "node.key");
  CHECK(read->keys[0].text == "# s\nQUJD\n");
}

TEST_CASE("a bundle can write nowhere but among the keys of nodes") {
  CHECK(read_bundle(one_key("d", "trusted")));
  for (const std::string node : {"", "..", "../x", "/etc", "a/b", "-x", ".ssh"}) {
    CAPTURE(node);
    CHECK(read_bundle(one_key(node, "node.key")).err().code == errc::invalid_value);
  }
  for (const std::string file : {"", "..", "cluster.key", "../node.key", "authorized_keys"}) {
    CAPTURE(file);
    CHECK(read_bundle(one_key("d", file)).err().code == errc::invalid_value);
  }
}

TEST_CASE("what is no bundle is refused") {
  CHECK_FALSE(read_bundle("").has_value());
  CHECK_FALSE(read_bundle("name: x\n").has_value());
  CHECK(read_bundle("{}").err().code == errc::malformed);
  CHECK(read_bundle(R"({"cluster_file":1,"keys":[]})").err().code == errc::malformed);
  CHECK(read_bundle(R"({"cluster_file":"","keys":[{}]})").err().code == errc::malformed);
}

TEST_CASE("keys of a node go over whole, and only their user can read them there") {
  const process::temporary_directory temporary;
  const auto cluster = temporary.file("cluster");
  auto authority = keys::authority::create(cluster, "pair");
  REQUIRE(authority);
  REQUIRE(authority->issue({.name = "d-1",
                            .node = 7,
                            .roles = node_role::decode,
                            .now = wall_seconds(),
                            .valid_for = 86'400}));
  const auto run_dir = temporary.file("run");
  REQUIRE(process::make_private_directory(run_dir));

  const auto packed = pack_keys(cluster + "/nodes/d-1", "d-1");
  REQUIRE(packed);
  const auto bundle = read_bundle(write_bundle({.cluster_file = "x\n", .keys = *packed}));
  REQUIRE(bundle);
  REQUIRE(unpack_bundle(*bundle, run_dir));

  CHECK(*process::read_file(run_dir + "/cluster.yaml", 100) == "x\n");
  CHECK(mode_of(run_dir + "/keys/d-1") == 0700);
  CHECK(mode_of(run_dir + "/keys/d-1/node.key") == 0600);
  const auto there = keys::load_node_keys(run_dir + "/keys/d-1", wall_seconds());
  REQUIRE(there);
  CHECK(there->me.of.name == "d-1");
}

TEST_CASE("keys that are not there are an error that says how to make them") {
  const auto packed = pack_keys("/no/such/nodes/d-1", "d-1");

  REQUIRE_FALSE(packed.has_value());
  CHECK(packed.err().text.find("troupe keys issue d-1") != std::string::npos);
}
