// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/support/gguf_files.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

using namespace troupe;
using engine::gguf_file;
using engine::gguf_value_type;
using test::gguf_builder;
using test::gguf_text;
using test::raw;

namespace {

result<gguf_file> opened(const std::string& content) {
  const test::temporary_directory directory;
  const auto path = directory.path("model.gguf");
  test::write_file(path, content);
  return gguf_file::open(path); // The mapping outlives the name.
}

error refusal(const std::string& content) {
  const auto file = opened(content);
  REQUIRE_FALSE(file.has_value());
  CHECK(file.err().code == errors::model_invalid);
  CHECK(file.err().text.find("model.gguf: ") != std::string::npos);
  CHECK(file.err().text.find("; ") != std::string::npos); // The remedy.
  CHECK_FALSE(file.err().field.empty());
  return file.err();
}

bool says(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

gguf_builder all_types() {
  gguf_builder out;
  out.value("u8", gguf_value_type::u8, raw(std::uint8_t{200}))
      .value("i8", gguf_value_type::i8, raw(std::int8_t{-3}))
      .value("u16", gguf_value_type::u16, raw(std::uint16_t{60000}))
      .value("i16", gguf_value_type::i16, raw(std::int16_t{-300}))
      .u32("u32", 4'000'000'000U)
      .value("i32", gguf_value_type::i32, raw(std::int32_t{-70000}))
      .f32("f32", 1.5F)
      .value("boolean", gguf_value_type::boolean, raw(std::uint8_t{1}))
      .text("text", "h\xc3\xa9")
      .value("u64", gguf_value_type::u64, raw(~std::uint64_t{0}))
      .value("i64", gguf_value_type::i64, raw(std::numeric_limits<std::int64_t>::min()))
      .value("f64", gguf_value_type::f64, raw(0.1))
      .texts("texts", {"a", "", "bc"})
      .i32s("i32s", {3, -1})
      .value("nested", gguf_value_type::array,
             raw(gguf_value_type::array) + raw(std::uint64_t{1}) + raw(gguf_value_type::u8)
                 + raw(std::uint64_t{2}) + "xy")
      .tensor("a", {2, 3}, 0, bytes(24, std::byte{1}))
      .tensor("b", {32, 2}, 8, bytes(68, std::byte{2}))
      .tensor("scalar", {}, 30, bytes(2));
  return out;
}

/// One key of these bytes after its name.
error value_refusal(gguf_value_type type, const std::string& value) {
  const auto why = refusal(gguf_builder{}.value("k", type, value).done());
  CHECK(why.field == "k");
  return why;
}

std::string array(std::uint32_t type, std::uint64_t count, const std::string& rest = "") {
  return raw(type) + raw(count) + rest;
}

} // namespace

TEST_CASE("a correct GGUF gives its values by type") {
  const auto file = opened(all_types().done());

  REQUIRE(file.has_value());
  CHECK(file->find("u8")->as_integer() == 200);
  CHECK(file->find("i8")->as_integer() == -3);
  CHECK(file->find("u16")->as_integer() == 60000);
  CHECK(file->find("i16")->as_integer() == -300);
  CHECK(file->find("u32")->as_integer() == 4'000'000'000);
  CHECK(file->find("i32")->as_integer() == -70000);
  CHECK(file->find("f32")->as_number() == 1.5);
  CHECK_FALSE(file->find("f32")->as_integer());
  CHECK(file->find("boolean")->as_bool() == true);
  CHECK_FALSE(file->find("boolean")->as_integer());
  CHECK(file->find("text")->as_string() == "h\xc3\xa9");
  CHECK_FALSE(file->find("u64")->as_integer());
  CHECK(file->find("i64")->as_integer() == std::numeric_limits<std::int64_t>::min());
  CHECK(file->find("f64")->as_number() == 0.1);
  CHECK(file->find("i8")->as_number() == -3.0);
  CHECK(file->find("nothing") == nullptr);
  std::string texts;
  file->find("texts")->for_each([&](const engine::gguf_value& one) {
    texts += std::string{*one.as_string()} + "|";
    return true;
  });
  CHECK(texts == "a||bc|");
  std::int64_t sum = 0;
  file->find("i32s")->for_each([&](const engine::gguf_value& one) {
    sum += *one.as_integer();
    return false;
  });
  CHECK(sum == 3);
  CHECK(file->find("nested")->count() == 1);
}

TEST_CASE("a correct GGUF gives its tensors with layout, shape and bytes") {
  for (const std::uint32_t version : {2U, 3U}) {
    auto source = all_types();
    source.version = version;
    const auto file = opened(source.done());

    REQUIRE(file.has_value());
    CHECK(file->tensors().size() == 3);
    REQUIRE(file->find_tensor("a") != nullptr);
    CHECK(file->find_tensor("a")->layout->name == "F32");
    CHECK(file->find_tensor("a")->shape == std::vector<std::uint64_t>{3, 2});
    CHECK(file->find_tensor("b")->data.size() == 68);
    CHECK(file->find_tensor("b")->data[67] == std::byte{2});
    CHECK(file->find_tensor("scalar")->data.size() == 2);
    CHECK(file->find_tensor("c") == nullptr);
  }
}

TEST_CASE("tensors stand where the file's own alignment says") {
  gguf_builder source;
  source.alignment = 128;
  source.u32("general.alignment", 128)
      .tensor("a", {1}, 0, bytes(4, std::byte{1}))
      .tensor("b", {1}, 0, bytes(4, std::byte{2}));
  const auto file = opened(source.done());

  REQUIRE(file.has_value());
  CHECK(file->find_tensor("b")->data[0] == std::byte{2});
  for (const std::uint32_t wrong : {0U, 1U, 48U, 1U << 20U}) {
    CHECK(refusal(gguf_builder{}.u32("general.alignment", wrong).done()).field
          == "general.alignment");
  }
  CHECK(refusal(gguf_builder{}.text("general.alignment", "32").done()).field
        == "general.alignment");
}

TEST_CASE("a GGUF header of another kind, version or byte order is refused") {
  CHECK(refusal("GGU").field == "magic");
  CHECK(refusal("GGML" + std::string(20, '\0')).field == "magic");
  CHECK(refusal("GGUF").field == "header");
  auto source = all_types();
  source.version = 1;
  CHECK(says(refusal(source.done()), "1 is not supported"));
  source.version = 3U << 24U;
  CHECK(says(refusal(source.done()), "big-endian"));
}

TEST_CASE("absurd GGUF counts are refused before anything is allocated for them") {
  const auto header = [](std::uint64_t tensors, std::uint64_t keys) {
    return "GGUF" + raw(std::uint32_t{3}) + raw(tensors) + raw(keys) + std::string(64, '\0');
  };
  for (const auto count : {std::uint64_t{100}, std::uint64_t{1} << 40U, ~std::uint64_t{0}}) {
    CHECK(refusal(header(count, 0)).field == "tensor_count");
    CHECK(refusal(header(0, count)).field == "metadata_kv_count");
    CHECK(says(value_refusal(gguf_value_type::text, raw(count)), std::to_string(count)));
    CHECK(says(value_refusal(gguf_value_type::array, array(8, count)), std::to_string(count)));
    CHECK(says(value_refusal(gguf_value_type::array, array(9, count)), std::to_string(count)));
    CHECK(says(value_refusal(gguf_value_type::array, array(12, count)), std::to_string(count)));
  }
}

TEST_CASE("each fault of a GGUF key is refused with the key as the field") {
  CHECK(says(value_refusal(static_cast<gguf_value_type>(13), "xxxx"), "type 13"));
  CHECK(says(value_refusal(gguf_value_type::boolean, "\x02"), "neither 0 nor 1"));
  CHECK(says(value_refusal(gguf_value_type::array, array(13, 0)), "type 13"));
  CHECK(says(value_refusal(gguf_value_type::array, array(7, 2, "\x01\x05")), "neither 0 nor 1"));
  const auto whole = gguf_builder{}.value("k", gguf_value_type::u64, raw(std::uint64_t{1})).done();
  CHECK(says(refusal(whole.substr(0, 40)), "ends inside")); // Three bytes of eight.
  std::string deep;
  for (int i = 0; i < 5; ++i) {
    deep += array(9, 1);
  }
  CHECK(says(value_refusal(gguf_value_type::array, deep + array(0, 0)), "deeper than 4"));
  CHECK(says(refusal(gguf_builder{}.u32("twice", 1).u32("twice", 1).done()), "twice"));
  CHECK(refusal(gguf_builder{}.u32("", 1).done()).field == "key 0");
  CHECK(refusal(gguf_builder{}.u32("a\xff", 1).done()).field == "key 0");
  CHECK(refusal(gguf_builder{}.u32("a\n", 1).done()).field == "key 0");
  CHECK(refusal(gguf_builder{}.u32(std::string(1025, 'a'), 1).done()).field == "key 0");
}

TEST_CASE("each fault of a GGUF tensor is refused with the tensor as the field") {
  const auto fault = [](const std::vector<std::uint64_t>& shape, std::uint32_t type,
                        std::size_t size) {
    const auto why = refusal(gguf_builder{}.tensor("w", shape, type, bytes(size)).done());
    CHECK(why.field == "w");
    return why;
  };
  CHECK(says(fault({1, 1, 1, 1, 1}, 0, 4), "5 dimensions"));
  CHECK(says(fault({1}, 4, 4), "type 4"));
  CHECK(says(fault({1}, 1000, 4), "type 1000"));
  CHECK(says(fault({33}, 8, 34), "whole blocks of 32"));
  CHECK(says(fault({255}, 12, 144), "whole blocks of 256"));
  CHECK(says(fault({std::uint64_t{1} << 32U, std::uint64_t{1} << 32U}, 0, 4), "shape overflows"));
  CHECK(says(fault({std::uint64_t{1} << 62U}, 0, 4), "size overflows"));
  CHECK(says(fault({2}, 0, 7), "outside"));
  const auto twice = gguf_builder{}.tensor("w", {1}, 0, bytes(4)).tensor("w", {1}, 0, bytes(4));
  CHECK(says(refusal(twice.done()), "twice"));
}

TEST_CASE("GGUF tensors that overlap, leave gaps or stand unaligned are refused") {
  // The second tensor's offset is the last number before the data.
  const auto with_offset = [](std::uint64_t offset) {
    auto text = "GGUF" + raw(std::uint32_t{3}) + raw(std::uint64_t{2}) + raw(std::uint64_t{0});
    for (const auto& [name, at] : {std::pair{"a", std::uint64_t{0}}, std::pair{"b", offset}}) {
      text += gguf_text(name) + raw(std::uint32_t{1}) + raw(std::uint64_t{16})
              + raw(std::uint32_t{0}) + raw(at);
    }
    text.resize((text.size() + 31) / 32 * 32);
    return text + std::string(256, '\1');
  };
  CHECK(opened(with_offset(64)).has_value());
  CHECK(says(refusal(with_offset(32)), "overlap"));
  CHECK(says(refusal(with_offset(0)), "overlap"));
  CHECK(says(refusal(with_offset(65)), "multiple of the alignment"));
  CHECK(says(refusal(with_offset(128)), "gap of 64"));
  CHECK(says(refusal(with_offset(224)), "outside"));
  CHECK(says(refusal(with_offset(~std::uint64_t{31})), "outside"));
}

TEST_CASE("a GGUF cut short or with any byte of its header changed is read or refused, no more") {
  const auto whole = all_types().done();
  const auto header_bytes = whole.size() - 192; // Tensors' data and some padding.
  for (std::size_t size = 1; size < whole.size(); ++size) {
    CHECK_FALSE(opened(whole.substr(0, size)).has_value());
  }
  for (std::size_t at = 0; at < header_bytes; ++at) {
    for (const int change : {0x01, 0x80, 0xff}) {
      auto broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ change);
      if (const auto file = opened(broken); !file) {
        CHECK(file.err().code == errors::model_invalid);
        CHECK_FALSE(file.err().field.empty());
      }
    }
  }
}
