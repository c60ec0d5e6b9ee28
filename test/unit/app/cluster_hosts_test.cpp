// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_file.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

const std::string here = "name: pair\nmodel: \"sim:fast\"\nnodes: [{name: g, role: gateway}]\n";

error refusal(const std::string& text) {
  const auto file = parse_cluster_file(text, "c.yaml");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.err().text.starts_with("c.yaml:"));
  return file.err();
}

/// Of a file whose only host has these members beside its nodes.
error refused_host(const std::string& members) {
  return refusal(here + "hosts:\n  - {" + members + ", nodes: [{name: d, role: decode}]}\n");
}

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a cluster file names other hosts with what they run") {
  const auto file = parse_cluster_file(
      here
          + "hosts:\n"
            "  - name: b\n"
            "    ssh: troupe@10.0.0.8\n"
            "    port: 2222\n"
            "    listen: \"10.0.0.8:7700\"\n"
            "    troupe: /opt/troupe/bin/troupe\n"
            "    directory: /var/lib/troupe/pair\n"
            "    nodes:\n"
            "      - {name: decode-b, role: decode}\n"
            "  - {name: c, ssh: c, listen: \"[::1]:7700\", nodes: [{name: cache-c, "
            "role: cache}]}\n",
      "c.yaml");

  REQUIRE(file);
  CHECK(file->slots.size() == 1);
  REQUIRE(file->hosts.size() == 2);
  const auto& b = file->hosts[0];
  CHECK(b.name == "b");
  CHECK(b.ssh == "troupe@10.0.0.8");
  CHECK(b.port == 2222);
  CHECK(b.listen == "10.0.0.8:7700");
  CHECK(b.troupe == "/opt/troupe/bin/troupe");
  CHECK(b.directory == "/var/lib/troupe/pair");
  REQUIRE(b.slots.size() == 1);
  CHECK(b.slots[0].what.model == "sim:fast");
  const auto& c = file->hosts[1];
  CHECK(c.port == 0);
  CHECK(c.troupe.empty());
  CHECK(c.slots[0].what.model.empty());
}

TEST_CASE("with other hosts this one may run nothing but the agent") {
  CHECK(parse_cluster_file("hosts: [{name: b, ssh: b, listen: \"b:7700\", nodes: [{name: g, role: "
                           "gateway}]}]\n",
                           "c.yaml"));
  CHECK(says(refusal("nodes: {}\nhosts: [{name: b, ssh: b, listen: \"b:7700\", nodes: [{name: g, "
                     "role: gateway}]}]\n"),
             "'nodes'"));
}

TEST_CASE("what could be an option or another command is no ssh target") {
  for (const std::string target :
       {"-oProxyCommand=x", "root@-oProxyCommand=x", "-l@host", "@host", "root@", "a b", "a;b",
        "a$(b)@host", "a`b`", "'a\nb'", "[a]", "a@b@-c"}) {
    CAPTURE(target);
    CHECK(says(refused_host("name: b, ssh: \"" + target + "\", listen: \"b:7700\""), "'ssh'"));
  }
  CHECK(says(refused_host("name: b, listen: \"b:7700\""), "'ssh'"));
  CHECK(says(refused_host("name: b, ssh: " + std::string(400, 'a') + ", listen: \"b:7700\""),
             "'ssh'"));
}

TEST_CASE("hosts that cannot be are refused by key and line") {
  CHECK(says(refused_host("name: -b, ssh: b, listen: \"b:7700\""), "'name' of a host"));
  CHECK(says(refused_host("name: b/c, ssh: b, listen: \"b:7700\""), "c.yaml:5"));
  CHECK(says(refused_host("name: b, ssh: b"), "'listen' of host 'b'"));
  CHECK(says(refused_host("name: b, ssh: b, listen: \"b\""), "HOST:PORT"));
  CHECK(says(refused_host("name: b, ssh: b, listen: \"0.0.0.0:7700\""), "address"));
  CHECK(says(refused_host("name: b, ssh: b, listen: \"b:7700\", port: 99999"), "'port'"));
  CHECK(says(refused_host("name: b, ssh: b, listen: \"b:7700\", troupe: bin/troupe"), "'troupe'"));
  CHECK(says(refused_host("name: b, ssh: b, listen: \"b:7700\", directory: \"/a\\\\b\""),
             "'directory'"));
  const auto unknown = refused_host("name: b, ssh: b, listen: \"b:7700\", user: x");
  CHECK(unknown.code == errc::unknown_option);
  CHECK(says(unknown, "there are directory, listen, name, nodes, port, ssh, troupe"));
}

TEST_CASE("names of hosts and nodes stand for one thing in all of a cluster") {
  const auto host = [](const std::string& name, const std::string& node) {
    return "  - {name: " + name + ", ssh: " + name + ", listen: \"" + name
           + ":7700\", nodes: [{name: " + node + ", role: cache}]}\n";
  };
  CHECK(says(refusal(here + "hosts:\n" + host("b", "x") + host("b", "y")),
             "c.yaml:6: two hosts are named 'b'"));
  CHECK(says(refusal(here + "hosts:\n" + host("b", "g")), "two nodes are named 'g'"));
  CHECK(says(refusal(here + "hosts:\n" + host("b", "x") + host("c", "x")),
             "two nodes are named 'x'"));
  CHECK(says(refusal(here + "hosts:\n" + host("b", "pair-b-agent")), "agent of host 'b'"));
  CHECK(says(refusal(here + "hosts:\n" + host("b", "\"../x\"")), "'name' of a node of a host"));
  CHECK(says(refusal("name: a/b\nhosts:\n" + host("b", "x")), "'name' of a cluster with hosts"));
}

TEST_CASE("hosts and their nodes are bounded, and none is without nodes") {
  CHECK(says(refusal(here + "hosts: {}\n"), "'hosts' must be a list"));
  CHECK(says(refusal(here + "hosts: []\n"), "'hosts' must be a list"));
  CHECK(says(refusal(here + "hosts: [{name: b, ssh: b, listen: \"b:1\"}]\n"), "at least one node"));
  std::string many = here + "hosts:\n";
  for (int i = 0; i < 65; ++i) {
    const auto n = std::to_string(i);
    many += "  - {name: h" + n + ", ssh: b, listen: \"b:1\", nodes: [{name: n" + n
            + ", role: cache}]}\n";
  }
  CHECK(refusal(many).code == errc::too_large);
  std::string nodes = "nodes:\n";
  for (int i = 0; i < 257; ++i) {
    nodes += "  - {name: n" + std::to_string(i) + ", role: cache}\n";
  }
  CHECK(refusal(nodes).code == errc::too_large);
}

TEST_CASE("a group is of one host") {
  const std::string groups = "groups: [{name: pair}]\n";
  CHECK(says(refusal(groups
                     + "nodes: [{name: a, role: cache, group: pair}]\n"
                       "hosts: [{name: b, ssh: b, listen: \"b:1\", nodes: [{name: c, role: cache, "
                       "group: pair}]}]\n"),
             "two hosts"));
  CHECK(parse_cluster_file(groups
                               + "hosts: [{name: b, ssh: b, listen: \"b:1\", nodes: [{name: c, "
                                 "role: cache, group: pair}]}]\n",
                           "c.yaml"));
}

TEST_CASE("the example of two hosts is a cluster file") {
  const auto file =
      read_cluster_file(std::string(TROUPE_SOURCE_DIR) + "/conf/clusters/two_hosts.yaml");

  REQUIRE(file);
  CHECK(file->hosts.size() == 1);
}
