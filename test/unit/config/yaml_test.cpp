// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/yaml.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::config;

TEST_CASE("a file becomes a tree that knows its lines") {
  const auto root = read_yaml("a: 1\nb:\n  - x\n  - {c: 'no'}\nd:\n", "t.yaml");

  REQUIRE(root);
  CHECK(root->find("a")->text == "1");
  CHECK(root->find("b")->items.at(0).line == 3);
  CHECK(root->find("b")->items.at(1).find("c")->text == "no");
  CHECK(root->find("d")->what == yaml_node::shape::null);
  CHECK(root->find("e") == nullptr);
}

TEST_CASE("an empty file is a null node") {
  CHECK(read_yaml("", "t.yaml")->what == yaml_node::shape::null);
  CHECK(read_yaml("# only a comment\n", "t.yaml")->what == yaml_node::shape::null);
}

TEST_CASE("aliases, anchors, tags and repeated keys are refused with their line") {
  CHECK(read_yaml("a: 1\nb: *x\n", "t.yaml").err().code == errc::malformed);
  CHECK(read_yaml("a: &x 1\n", "t.yaml").err().text.starts_with("t.yaml:1: anchors"));
  CHECK(read_yaml("a: !!int 1\n", "t.yaml").err().text.starts_with("t.yaml:1: tags"));
  CHECK(read_yaml("a: 1\nb: 2\na: 3\n", "t.yaml").err().text == "t.yaml:3: 'a' is given twice");
}

TEST_CASE("malformed text is an error at its line") {
  const auto root = read_yaml("a: 1\nb: [1, 2\n", "t.yaml");

  REQUIRE_FALSE(root);
  CHECK(root.err().code == errc::malformed);
  CHECK(root.err().text.starts_with("t.yaml:"));
  for (const auto* bad : {"a: b: c", "- a\nb: c", "\tx: 1", "{a: 1", "? [x]\n: y", "a: 'x"}) {
    CAPTURE(bad);
    CHECK_FALSE(read_yaml(bad, "t.yaml"));
  }
}

TEST_CASE("bytes, values and depth have limits") {
  const auto limits = yaml_limits{.bytes_max = 100, .nodes_max = 5, .depth_max = 3};

  CHECK(read_yaml(std::string(101, ' '), "t.yaml", limits).err().code == errc::too_large);
  CHECK(read_yaml("[1, 2, 3, 4, 5, 6]", "t.yaml", limits).err().code == errc::too_large);
  CHECK(read_yaml("[[[[1]]]]", "t.yaml", limits).err().code == errc::too_large);
  CHECK_FALSE(read_yaml(std::string(50'000, '['), "t.yaml"));
}
