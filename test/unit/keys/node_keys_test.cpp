// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/node_keys.hpp"

#include "runtime/keys/authority.hpp"
#include "runtime/keys/key_files.hpp"
#include "runtime/process/files.hpp"
#include "test/unit/process/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <sys/stat.h>
#include <unistd.h>

using namespace troupe;
using namespace troupe::keys;
using troupe::process::temporary_directory;

namespace {

constexpr unix_seconds noon = 1'700'000'000;
constexpr unix_seconds day = 86'400;

struct issued_node {
  temporary_directory here;
  authority keys = *authority::create(here.file("keys"), "blue");
  std::string node = keys.directory_of("w1");

  issued_node() { issue_again(); }
  void issue_again(unix_seconds now = noon) {
    REQUIRE(keys.issue({.name = "w1", .node = 11, .roles = 12, .now = now, .valid_for = day}));
  }
};

} // namespace

TEST_CASE("a node reads what was issued for it") {
  issued_node w1;
  const auto read = load_node_keys(w1.node, noon);
  REQUIRE(read);
  CHECK(read->me.of.name == "w1");
  CHECK(read->me.of.roles == 12);
  CHECK(read->believes.cluster() == "blue");
  CHECK(read->believes.verify(read->certificate, noon));
}

TEST_CASE("a secret that others can read is refused with the remedy") {
  issued_node w1;
  const auto path = w1.node + "/" + file::node_key;
  for (const mode_t open : {0640U, 0604U, 0610U, 0666U}) {
    REQUIRE(::chmod(path.c_str(), open) == 0);
    const auto read = load_node_keys(w1.node, noon);
    REQUIRE(!read);
    CHECK(read.err().code == errc::invalid_value);
    CHECK(read.err().text.find("chmod 600") != std::string::npos);
  }
  REQUIRE(::chmod(path.c_str(), 0400) == 0);
  CHECK(load_node_keys(w1.node, noon));
}

TEST_CASE("a list of trusted keys that others can write is refused") {
  issued_node w1;
  for (const auto* name : {file::trusted, file::revoked, file::node_certificate}) {
    const auto path = w1.node + "/" + name;
    REQUIRE(::chmod(path.c_str(), 0664) == 0);
    CHECK(load_node_keys(w1.node, noon).err().code == errc::invalid_value);
    REQUIRE(::chmod(path.c_str(), 0644) == 0);
  }
  CHECK(load_node_keys(w1.node, noon));
}

TEST_CASE("files that are missing, cut, junk or no files are errors that name them") {
  issued_node w1;
  for (const auto* name : {file::node_key, file::node_certificate, file::trusted}) {
    const auto path = w1.node + "/" + name;
    const auto good = *process::read_file(path, 1 << 20);
    const auto mode = name == std::string(file::node_key) ? 0600U : 0644U;
    for (const auto& bad :
         {std::string{}, std::string("# only words\n"), std::string("junk\n"),
          good.substr(0, good.size() - 9) + "\n", good + "junk\n", std::string(100'000, 'A')}) {
      REQUIRE(process::write_file_atomic(path, bad, mode));
      const auto read = load_node_keys(w1.node, noon);
      CHECK(!read);
    }
    REQUIRE(::unlink(path.c_str()) == 0);
    const auto missing = load_node_keys(w1.node, noon);
    REQUIRE(!missing);
    CHECK(missing.err().code == errc::not_found);
    CHECK(missing.err().field == path);
    REQUIRE(::mkdir(path.c_str(), 0700) == 0);
    CHECK(load_node_keys(w1.node, noon).err().code == errc::invalid_value);
    REQUIRE(::rmdir(path.c_str()) == 0);
    REQUIRE(process::write_file_atomic(path, good, mode));
  }
  REQUIRE(process::write_file_atomic(w1.node + "/revoked", "junk\n", 0644));
  CHECK(!load_node_keys(w1.node, noon));
  REQUIRE(::unlink((w1.node + "/revoked").c_str()) == 0);
  CHECK(load_node_keys(w1.node, noon));
}

TEST_CASE("a node does not start on a certificate that is not its own or does not hold") {
  issued_node w1;
  REQUIRE(w1.keys.issue({.name = "w2", .node = 12, .roles = 1, .now = noon, .valid_for = day}));
  CHECK(load_node_keys(w1.node, noon + 2 * day).err().code == errc::forbidden);
  const auto other = *process::read_file(w1.keys.directory_of("w2") + "/node.cert", 1 << 20);
  REQUIRE(process::write_file_atomic(w1.node + "/node.cert", other, 0644));
  CHECK(load_node_keys(w1.node, noon).err().code == errc::invalid_value);
}

TEST_CASE("a reload takes over a new certificate, a revocation and a new cluster key") {
  issued_node w1;
  live_keys live(*load_node_keys(w1.node, noon), w1.node);
  CHECK(*live.refresh(noon) == false);

  w1.issue_again(noon + day);
  CHECK(*live.refresh(noon + day) == true);
  CHECK(live.current()->me.of.not_after == noon + 2 * day);

  const auto later = noon + day;
  REQUIRE(w1.keys.issue({.name = "w2", .node = 12, .roles = 1, .now = noon, .valid_for = day}));
  const auto key = load_node_keys(w1.keys.directory_of("w2"), noon)->me.link_key;
  REQUIRE(*w1.keys.revoke("w2") == 1);
  CHECK(*live.refresh(later) == true);
  CHECK(live.current()->believes.is_revoked(key));

  REQUIRE(w1.keys.rotate());
  CHECK(*live.refresh(later) == true);
  CHECK(live.current()->believes.signers().size() == 2);
}

TEST_CASE("a reload keeps what is in force when the files are worse") {
  issued_node w1;
  REQUIRE(w1.keys.issue({.name = "w2", .node = 12, .roles = 1, .now = noon, .valid_for = day}));
  const auto older = *process::read_file(w1.node + "/revoked", 1 << 20);
  REQUIRE(w1.keys.revoke("w2"));
  live_keys live(*load_node_keys(w1.node, noon), w1.node);
  const auto before = live.current();

  REQUIRE(process::write_file_atomic(w1.node + "/revoked", older, 0644));
  CHECK(live.refresh(noon).err().code == errc::invalid_value);
  REQUIRE(process::write_file_atomic(w1.node + "/revoked", "junk\n", 0644));
  CHECK(!live.refresh(noon));
  REQUIRE(::unlink((w1.node + "/node.key").c_str()) == 0);
  CHECK(!live.refresh(noon));
  CHECK(live.current() == before);
}
