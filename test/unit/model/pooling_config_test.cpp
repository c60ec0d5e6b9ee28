// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/pooling_config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <string_view>

using namespace troupe;

namespace {

result<pooling_kind> read(std::string_view text) {
  return engine::read_pooling(*json::parse(text), "m/1_Pooling/config.json");
}

} // namespace

TEST_CASE("a model's pooling is that of its 1_Pooling, by flags or by name") {
  CHECK(*engine::read_pooling({}, "m") == pooling_kind::none);
  CHECK(*read(R"({"pooling_mode_mean_tokens":true,"pooling_mode_lasttoken":false})")
        == pooling_kind::mean);
  CHECK(*read(R"({"pooling_mode_mean_tokens":false,"pooling_mode_lasttoken":true})")
        == pooling_kind::last);
  CHECK(*read(R"({"pooling_mode":"mean"})") == pooling_kind::mean);
  CHECK(*read(R"({"pooling_mode":"lasttoken"})") == pooling_kind::last);
}

TEST_CASE("other poolings, and several at once, say nothing") {
  CHECK(*read(R"({"pooling_mode_cls_token":true,"pooling_mode_mean_tokens":false})")
        == pooling_kind::none);
  CHECK(*read(R"({"pooling_mode_mean_tokens":true,"pooling_mode_lasttoken":true})")
        == pooling_kind::none);
}

TEST_CASE("faults of a pooling's file name it and the field") {
  const auto wrong = read(R"({"pooling_mode_mean_tokens":"yes"})");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.err().code == errors::model_invalid);
  CHECK(wrong.err().field == "pooling_mode_mean_tokens");
  CHECK(wrong.err().text.find("1_Pooling/config.json") != std::string::npos);
}
