// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/reference.hpp"

#include "test/unit/config/example_table.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::config;

TEST_CASE("the reference file names every option and loading it changes nothing") {
  auto config = example_config{};
  const auto table = example_table(config);

  const auto text = reference_yaml(table);
  const auto loaded = load(table, {.file = "reference.yaml", .yaml = text});

  REQUIRE(loaded);
  for (const auto& what : table.options()) {
    if (what.in_file) {
      CHECK(loaded->at(what.name).from == origin::file);
      CHECK(loaded->at(what.name).what == what.fallback);
      CHECK(text.find(what.help.substr(0, 20)) != std::string::npos);
    }
  }
  CHECK(text.find("output") == std::string::npos);
}

TEST_CASE("show lists each value with its origin") {
  auto config = example_config{};
  const auto table = example_table(config);
  const auto loaded = load(table, {.flags = {{"--kv-fill", "0.5"}}});

  const auto text = show(table, *loaded, true);

  CHECK(text.find("# flag --kv-fill") != std::string::npos);
  CHECK(text.find("= [\"gateway\"]") != std::string::npos);
  CHECK(text.find("# default\n") != std::string::npos);
  CHECK(show(table, *loaded, false).find('#') == std::string::npos);
}

TEST_CASE("long sentences are wrapped at spaces") {
  CHECK(wrapped("aaa bbb ccc", 7, 2) == "aaa bbb\n  ccc");
  CHECK(wrapped("aaaaaaaaaa b", 4, 0) == "aaaaaaaaaa\nb");
  CHECK(wrapped("", 4, 0).empty());
}
