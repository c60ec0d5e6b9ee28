// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/hosts/host_plan.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;

namespace {

cluster_file sample() {
  const auto file = parse_cluster_file(
      "name: pair\n"
      "model: \"sim:fast\"\n"
      "listen: \"10.0.0.7:7700\"\n"
      "groups:\n"
      "  - {name: two, strategy: rest_for_one, intensity: 3, period_s: 20}\n"
      "  - {name: other}\n"
      "nodes: [{name: g, role: gateway, group: other}]\n"
      "hosts:\n"
      "  - name: b\n"
      "    ssh: \"troupe@10.0.0.8\"\n"
      "    listen: \"10.0.0.8:7700\"\n"
      "    nodes:\n"
      "      - {name: d-1, role: \"decode,prefill\", group: two, flags: [\"--x\", \"a "
      "\\\"b\\\"\"]}\n"
      "      - {name: g-2, role: gateway, http_port: 8001}\n"
      "  - {name: c, ssh: c, listen: \"10.0.0.9:7700\", troupe: /opt/troupe, directory: /srv/t,\n"
      "     nodes: [{name: s, role: cache}]}\n",
      "c.yaml");
  REQUIRE(file);
  return *file;
}

} // namespace

TEST_CASE("the part of a host is a cluster file that says the same of its nodes") {
  const auto file = sample();

  const auto slice = parse_cluster_file(slice_of(file, file.hosts[0]), "slice");

  REQUIRE(slice);
  CHECK(slice->name == "pair");
  CHECK(slice->listen == "10.0.0.8:7700");
  CHECK(slice->hosts.empty());
  REQUIRE(slice->slots.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const auto& mine = slice->slots[i];
    const auto& whole = file.hosts[0].slots[i];
    CHECK(mine.name == whole.name);
    CHECK(mine.what.roles == whole.what.roles);
    CHECK(mine.what.model == whole.what.model);
    CHECK(mine.what.http_port == whole.what.http_port);
    CHECK(mine.what.extra == whole.what.extra);
    CHECK(mine.what.group == whole.what.group);
  }
  REQUIRE(slice->groups.size() == 1);
  CHECK(slice->groups.at("two").strategy == restart_strategy::rest_for_one);
  CHECK(slice->groups.at("two").intensity == 3);
  CHECK(slice->groups.at("two").period == 20s);
}

TEST_CASE("the program is where the file says, else at the same path as here") {
  const auto file = sample();
  const host_plan b(file, file.hosts[0], "/here/troupe");
  const host_plan c(file, file.hosts[1], "/here/troupe");

  CHECK(b.ask_version() == std::vector<std::string>{"/here/troupe", "--version"});
  CHECK(c.ask_version() == std::vector<std::string>{"/opt/troupe", "--version"});
}

TEST_CASE("an agent is started by name where it joins, and ended by name") {
  const auto file = sample();
  const host_plan b(file, file.hosts[0], "/here/troupe");
  const host_plan c(file, file.hosts[1], "/here/troupe");

  CHECK(b.start("tcp://10.0.0.7:7700#KEY")
        == std::vector<std::string>{"/here/troupe", "host", "start", "--cluster", "pair", "--name",
                                    "pair-b-agent", "--join", "tcp://10.0.0.7:7700#KEY", "--listen",
                                    "10.0.0.8:7700"});
  CHECK(c.stop()
        == std::vector<std::string>{"/opt/troupe", "host", "stop", "--cluster", "pair", "--name",
                                    "pair-c-agent", "--run-dir", "/srv/t"});
  CHECK(b.node_names() == std::vector<std::string>{"pair-b-agent", "d-1", "g-2"});
}

TEST_CASE("hosts that are remembered can be ended as those of the file") {
  const auto file = sample();

  const auto kept = parse_cluster_file(write_hosts(file), "hosts.yaml");

  REQUIRE(kept);
  REQUIRE(kept->hosts.size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    CHECK(host_plan(*kept, kept->hosts[i], "/t").stop()
          == host_plan(file, file.hosts[i], "/t").stop());
    CHECK(kept->hosts[i].ssh == file.hosts[i].ssh);
    CHECK(kept->hosts[i].port == file.hosts[i].port);
  }
}

TEST_CASE("links between hosts need keys, and an address that others reach") {
  auto file = sample();
  CHECK(check_links(file, true));
  CHECK(check_links(file, false).err().text.find("need keys") != std::string::npos);

  file.listen = "127.0.0.1:7700";
  CHECK(check_links(file, true).err().text.find("'listen'") != std::string::npos);
  file.hosts[0].listen = "127.0.0.1:7701";
  file.hosts[1].listen = "127.0.0.1:7702";
  CHECK(check_links(file, false));
  file.hosts.clear();
  file.listen = "10.0.0.7:7700";
  CHECK(check_links(file, false));
}
