// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/generation_config.hpp"

#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using engine::read_generation;

TEST_CASE("the ids that end an answer are merged from both files, as numbers or lists") {
  const auto read = read_generation(*json::parse(R"({"eos_token_id":7})"),
                                    *json::parse(R"({"eos_token_id":[9,2,7]})"), 10, "m");
  REQUIRE(read.has_value());
  CHECK((*read).eos == std::vector<token_id>{2, 7, 9});
  CHECK_FALSE((*read).temperature.has_value());
}

TEST_CASE("an absent generation_config.json leaves only config.json's ids") {
  const auto read = read_generation(*json::parse(R"({"eos_token_id":null})"), {}, 10, "m");
  REQUIRE(read.has_value());
  CHECK((*read).eos.empty());
}

TEST_CASE("sampling defaults are read, and do_sample false means temperature 0") {
  const auto sampled = read_generation(
      *json::parse("{}"), *json::parse(R"({"temperature":0.6,"top_p":0.9,"top_k":50})"), 10, "m");
  REQUIRE(sampled.has_value());
  CHECK((*sampled).temperature == 0.6F);
  CHECK((*sampled).top_p == 0.9F);
  CHECK((*sampled).top_k == 50U);
  const auto greedy = read_generation(
      *json::parse("{}"), *json::parse(R"({"do_sample":false,"temperature":0.6})"), 10, "m");
  CHECK((*greedy).temperature == 0.0F);
}

TEST_CASE("faults name file and field") {
  const auto range =
      read_generation(*json::parse("{}"), *json::parse(R"({"eos_token_id":[3,10]})"), 10, "m");
  REQUIRE_FALSE(range.has_value());
  CHECK(range.err().field == "eos_token_id");
  CHECK(range.err().text.find("m/generation_config.json") == 0);
  const auto type = read_generation(*json::parse(R"({"eos_token_id":"</s>"})"), {}, 10, "m");
  REQUIRE_FALSE(type.has_value());
  CHECK(type.err().text.find("m/config.json") == 0);
  const auto top_p = read_generation(*json::parse("{}"), *json::parse(R"({"top_p":2})"), 10, "m");
  REQUIRE_FALSE(top_p.has_value());
  CHECK(top_p.err().field == "top_p");
}
