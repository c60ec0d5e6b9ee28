// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/cluster_file.hpp"

#include <doctest/doctest.h>

using namespace troupe;

namespace {

error refusal(std::string_view text) {
  const auto file = parse_cluster_file(text, "c.yaml");
  REQUIRE_FALSE(file.has_value());
  CHECK(file.err().text.starts_with("c.yaml:"));
  return file.err();
}

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a cluster file names its nodes, and its model is that of those that compute") {
  const auto file =
      parse_cluster_file("name: local\n"
                         "model: models/tiny\n"
                         "listen: 127.0.0.1:0\n"
                         "admin_port: 0\n"
                         "nodes:\n"
                         "  - {name: g, role: \"gateway,router\", http_port: 65535}\n"
                         "  - {name: d, role: decode, flags: [\"--threads\", \"1\"]}\n"
                         "  - {name: p, role: prefill, model: \"sim:fast\"}\n",
                         "c.yaml");

  REQUIRE(file);
  CHECK(file->name == "local");
  CHECK(file->listen == "127.0.0.1:0");
  CHECK(file->admin_port == 0);
  REQUIRE(file->slots.size() == 3);
  CHECK(file->slots[0].what.model.empty());
  CHECK(file->slots[0].what.http_port == 65'535);
  CHECK(file->slots[1].what.model == "models/tiny");
  CHECK(file->slots[1].what.extra == std::vector<std::string>{"--threads", "1"});
  CHECK(file->slots[2].what.model == "sim:fast");
}

TEST_CASE("what is not said in a cluster file has its default") {
  const auto file = parse_cluster_file("nodes: [{name: g, role: gateway}]\n", "c.yaml");

  REQUIRE(file);
  CHECK(file->name == "troupe");
  CHECK(file->listen == "127.0.0.1:7700");
  CHECK(file->admin_port == 7780);
  CHECK(file->slots[0].what.http_port == 0);
}

TEST_CASE("an unknown key of a cluster file is refused with line and the keys there are") {
  const auto top = refusal("name: x\nnode: []\n");
  CHECK(top.code == errc::unknown_option);
  CHECK(says(top, "c.yaml:2"));
  CHECK(says(top, "nodes"));
  const auto slot = refusal("nodes:\n  - name: g\n    role: gateway\n    port: 3\n");
  CHECK(slot.code == errc::unknown_option);
  CHECK(says(slot, "c.yaml:4"));
  CHECK(says(slot, "http_port"));
}

TEST_CASE("nodes that cannot be are refused") {
  CHECK(says(refusal("name: x\n"), "at least one"));
  CHECK(says(refusal("nodes: []\n"), "at least one"));
  CHECK(says(refusal("nodes: [{role: gateway}]\n"), "name"));
  CHECK(says(refusal("nodes: [{name: g}]\n"), "role"));
  CHECK(says(refusal("nodes: [{name: g, role: gatway}]\n"), "'gatway'"));
  CHECK(says(refusal("nodes:\n  - {name: g, role: gateway}\n  - {name: g, role: router}\n"),
             "c.yaml:3"));
}

TEST_CASE("values of a wrong shape are refused by their key") {
  for (const std::string port : {"65536", "-1", "80x", "0x50", "'8 0'"}) {
    CAPTURE(port);
    CHECK(says(refusal("nodes: [{name: g, role: gateway, http_port: " + port + "}]\n"),
               "'http_port'"));
  }
  CHECK(says(refusal("admin_port: [1]\nnodes: [{name: g, role: gateway}]\n"), "'admin_port'"));
  CHECK(says(refusal("nodes: [{name: g, role: gateway, flags: --x}]\n"), "'flags'"));
  CHECK(says(refusal("nodes: [{name: [g], role: gateway}]\n"), "'name'"));
}

TEST_CASE("nodes of a group are kept running together, as the file says") {
  const auto file =
      parse_cluster_file("groups:\n"
                         "  - {name: pair, strategy: rest_for_one, intensity: 3, period_s: 20}\n"
                         "  - {name: usual}\n"
                         "nodes:\n"
                         "  - {name: a, role: gateway, group: pair}\n"
                         "  - {name: b, role: router}\n",
                         "c.yaml");

  REQUIRE(file);
  CHECK(file->slots[0].what.group == "pair");
  CHECK(file->slots[1].what.group.empty());
  const auto& pair = file->groups.at("pair");
  CHECK(pair.strategy == restart_strategy::rest_for_one);
  CHECK(pair.intensity == 3);
  CHECK(pair.period == 20s);
  CHECK(file->groups.at("usual").strategy == restart_strategy::one_for_one);
  CHECK(file->groups.at("usual").intensity == supervision{}.intensity);
}

TEST_CASE("groups that cannot be are refused by field, with the remedy") {
  const auto with = [](const std::string& group) {
    return refusal("groups:\n  - " + group + "\nnodes: [{name: g, role: gateway}]\n");
  };
  CHECK(says(with("{name: x, strategy: one_for_all}"),
             "c.yaml:2: 'strategy' must be one_for_one or rest_for_one, not 'one_for_all'"));
  CHECK(says(with("{name: x, intensity: 0}"), "'intensity' must be a whole number from 1 to 1000"));
  CHECK(says(with("{name: x, intensity: many}"), "'intensity'"));
  CHECK(says(with("{name: x, period_s: 0.5}"), "'period_s' must be a whole number from 1"));
  CHECK(says(with("{strategy: one_for_one}"), "'name'"));
  CHECK(says(with("{name: a/b}"), "'name'"));
  CHECK(says(with("{name: x}\n  - {name: x}"), "two groups are named 'x'"));
  CHECK(says(with("{name: x, period: 5}"), "there are intensity, name, period_s, strategy"));
  CHECK(says(refusal("groups: {name: x}\nnodes: [{name: g, role: gateway}]\n"), "'groups'"));
  CHECK(says(refusal("nodes: [{name: g, role: gateway, group: y}]\n"), "add it under 'groups'"));
}

TEST_CASE("a file that is not there or no YAML is refused by its name") {
  CHECK(read_cluster_file("no/such.yaml").err().code == errc::not_found);
  CHECK(refusal("nodes: [\n").code == errc::malformed);
}
