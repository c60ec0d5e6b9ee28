// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/settings.hpp"

#include "test/unit/config/example_table.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::config;

namespace {

using strings = std::vector<std::string>;

struct fixture {
  example_config bound;
  option_table table = example_table(bound);

  result<settings> load_yaml(std::string yaml) {
    return load(table, {.file = "troupe.yaml", .yaml = std::move(yaml)});
  }
};

} // namespace

TEST_CASE_FIXTURE(fixture, "flags win over environment over file over model over default") {
  auto from = sources{.file = "troupe.yaml", .yaml = "kv:\n  fill: 0.1\n"};
  CHECK(load(table, {})->get<double>("kv.fill") == 0.9);
  from.model = {{"kv.fill", "0.05"}};
  CHECK(load(table, from)->get<double>("kv.fill") == 0.1);
  from.environment = {{"TROUPE_KV_FILL", "0.2"}, {"HOME", "/"}};
  CHECK(load(table, from)->get<double>("kv.fill") == 0.2);
  from.flags = {{"--kv-fill", "0.3"}};

  const auto loaded = load(table, from);

  CHECK(loaded->get<double>("kv.fill") == 0.3);
  CHECK(loaded->at("kv.fill").from == origin::flag);
  CHECK(loaded->at("kv.fill").where == "--kv-fill");
}

TEST_CASE_FIXTURE(fixture, "a value keeps the file and line it came from") {
  const auto loaded = load_yaml("name: a\nrouter:\n  prefill: local\n");

  REQUIRE(loaded);
  CHECK(loaded->at("router.prefill").where == "troupe.yaml:3");
  CHECK(loaded->at("kv.checksums").from == origin::built_in);
}

TEST_CASE_FIXTURE(fixture, "bound members are written once everything is right") {
  const auto loaded = load_yaml("router: {queue_requests_max: 2k, silence_max: 3s}\n");

  REQUIRE(loaded);
  CHECK(bound.queue_requests_max == 2000);
  CHECK(bound.silence_max == 3s);

  CHECK_FALSE(load_yaml("router: {queue_requests_max: 5, silence_max: never}\n"));
  CHECK(bound.queue_requests_max == 2000);
}

TEST_CASE_FIXTURE(fixture, "a misspelt key names file, line and the nearest option") {
  const auto loaded = load_yaml("router:\n  queue_request_max: 5\n");

  REQUIRE_FALSE(loaded);
  CHECK(loaded.err().code == errc::unknown_option);
  CHECK(loaded.err().field == "router.queue_request_max");
  CHECK(loaded.err().text
        == "troupe.yaml:2: unknown option 'router.queue_request_max'; did you mean "
           "'router.queue_requests_max'?");
}

TEST_CASE_FIXTURE(fixture, "a misspelt section names the nearest section") {
  const auto loaded = load_yaml("ruoter:\n  prefill: auto\n");

  CHECK(loaded.err().text == "troupe.yaml:2: unknown option 'ruoter'; did you mean 'router'?");
}

TEST_CASE_FIXTURE(fixture, "a wrong value names key, value, range and origin") {
  const auto loaded = load(table, {.environment = {{"TROUPE_ROUTER_QUEUE_REQUESTS_MAX", "70000"}}});

  REQUIRE_FALSE(loaded);
  CHECK(loaded.err().code == errc::invalid_value);
  CHECK(loaded.err().text
        == "router.queue_requests_max: '70000' is out of range; give an integer 1..65536 (given by "
           "TROUPE_ROUTER_QUEUE_REQUESTS_MAX)");
}

TEST_CASE_FIXTURE(fixture, "a value where a section belongs, and the reverse, are refused") {
  CHECK(load_yaml("router: fast\n").err().code == errc::invalid_value);
  CHECK(load_yaml("name: {first: a}\n").err().code == errc::invalid_value);
  CHECK(load_yaml("- a\n- b\n").err().code == errc::malformed);
  CHECK(load_yaml("output: json\n").err().code == errc::unknown_option);
}

TEST_CASE_FIXTURE(fixture, "lists come from sequences, from commas and from repeated flags") {
  CHECK(load_yaml("node:\n  roles: [a, b]\n")->get<strings>("node.roles") == strings{"a", "b"});
  CHECK(load(table, {.environment = {{"TROUPE_NODE_ROLES", "x,y"}}})->get<strings>("node.roles")
        == strings{"x", "y"});
  CHECK(load(table, {.flags = {{"--role", "p"}, {"--role", "q,r"}}})->get<strings>("node.roles")
        == strings{"p", "q", "r"});
}

TEST_CASE_FIXTURE(fixture, "keys that somebody else reads are left alone") {
  const auto loaded =
      load(table, {.file = "c.yaml", .yaml = "workers: [{a: 1}]\n", .foreign_keys = {"workers"}});

  CHECK(loaded);
}

TEST_CASE_FIXTURE(fixture, "an unknown TROUPE_ variable is a warning with a suggestion") {
  const auto loaded = load(table, {.environment = {{"TROUPE_KV_FIL", "0.5"}}});

  REQUIRE(loaded);
  REQUIRE(loaded->warnings().size() == 1);
  CHECK(loaded->warnings()[0].find("did you mean 'TROUPE_KV_FILL'?") != std::string::npos);
}
