// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/pooling_config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "test/support/gguf_files.hpp"

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

TEST_CASE("a GGUF's pooling is that of its architecture's key") {
  const test::temporary_directory directory;
  const auto path = directory.path() + "/m.gguf";
  const auto read_file = [&](const test::gguf_builder& of) {
    test::write_file(path, of.done());
    const auto file = engine::gguf_file::open(path);
    REQUIRE(file.has_value());
    return engine::read_pooling(*file);
  };
  const auto of_type = [](std::uint32_t number) {
    test::gguf_builder made;
    made.text("general.architecture", "qwen3").u32("qwen3.pooling_type", number);
    return made;
  };
  CHECK(*read_file(test::gguf_builder{}) == pooling_kind::none);
  CHECK(*read_file(of_type(0)) == pooling_kind::none);
  CHECK(*read_file(of_type(1)) == pooling_kind::mean);
  CHECK(*read_file(of_type(2)) == pooling_kind::none);
  CHECK(*read_file(of_type(3)) == pooling_kind::last);
  test::gguf_builder other;
  other.text("general.architecture", "llama").u32("qwen3.pooling_type", 1);
  CHECK(*read_file(other) == pooling_kind::none);
  test::gguf_builder wrong;
  wrong.text("general.architecture", "qwen3").f32("qwen3.pooling_type", 1);
  const auto refused = read_file(wrong);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.err().code == errors::model_invalid);
  CHECK(refused.err().field == "qwen3.pooling_type");
}
