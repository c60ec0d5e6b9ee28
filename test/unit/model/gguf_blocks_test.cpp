// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_blocks.hpp"

#include "engine/model/gguf.hpp"
#include "test/support/gguf_golden.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <vector>

using namespace troupe;
using engine::gguf_type;

namespace {

bytes from_hex(const json::value& text) {
  bytes out;
  const auto& hex = *text.as_string();
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    out.push_back(static_cast<std::byte>(std::stoul(hex.substr(i, 2), nullptr, 16)));
  }
  return out;
}

gguf_type type_of(const json::value& row) {
  return static_cast<gguf_type>(*row.find("type")->as_integer());
}

} // namespace

TEST_CASE("blocks are dequantised bit for bit as the reference does") {
  const auto golden = test::gguf_golden();
  const auto& rows = *golden.find("dequantize")->as_array();
  CHECK(rows.size() == 7);
  for (const auto& row : rows) {
    INFO(*row.find("name")->as_string());
    const auto expected = from_hex(*row.find("numbers"));
    std::vector<float> numbers(expected.size() / sizeof(float));
    engine::dequantize(type_of(row), from_hex(*row.find("blocks")), numbers);
    CHECK(std::memcmp(numbers.data(), expected.data(), expected.size()) == 0);
    CHECK(engine::layout_of(type_of(row)).name == *row.find("name")->as_string());
  }
}

TEST_CASE("numbers are quantised bit for bit as the reference does") {
  const auto golden = test::gguf_golden();
  const auto& rows = *golden.find("quantize")->as_array();
  CHECK(rows.size() == 2);
  for (const auto& row : rows) {
    INFO(*row.find("name")->as_string());
    const auto source = from_hex(*row.find("numbers"));
    std::vector<float> numbers(source.size() / sizeof(float));
    std::memcpy(numbers.data(), source.data(), source.size());
    const auto expected = from_hex(*row.find("blocks"));
    bytes blocks(expected.size());
    engine::quantize(type_of(row), numbers, blocks);
    CHECK(blocks == expected);
  }
}

TEST_CASE("layouts of all types have the reference's sizes") {
  const auto golden = test::gguf_golden();
  const auto& rows = *golden.find("layouts")->as_array();
  CHECK(rows.size() == 34);
  for (const auto& row : rows) {
    const auto& parts = *row.as_array();
    const auto* layout =
        engine::find_gguf_layout(static_cast<std::uint32_t>(*parts[1].as_integer()));
    REQUIRE(layout != nullptr);
    CHECK(layout->name == *parts[0].as_string());
    CHECK(layout->block_elements == *parts[2].as_integer());
    CHECK(layout->block_bytes == *parts[3].as_integer());
  }
  CHECK(engine::find_gguf_layout(4) == nullptr);
}

TEST_CASE("quantised numbers are within half a step, and zeros and tiny numbers are zeros") {
  std::vector<float> numbers(64);
  for (std::size_t i = 0; i < 32; ++i) {
    numbers[i] = std::sin(static_cast<float>(i)) * 3.0F;
    numbers[32 + i] = i % 2 == 0 ? std::numeric_limits<float>::denorm_min() : 0.0F;
  }
  for (const auto& [type, levels] :
       {std::pair{gguf_type::q8_0, 127.0F}, std::pair{gguf_type::q4_0, 8.0F}}) {
    bytes blocks(2 * engine::layout_of(type).block_bytes);
    std::vector<float> back(64);
    engine::quantize(type, numbers, blocks);
    engine::dequantize(type, blocks, back);
    // A q4_0 block reaches one step less on the side away from its largest number.
    const float step = 3.0F / levels * (type == gguf_type::q4_0 ? 1.05F : 0.51F);
    for (std::size_t i = 0; i < 32; ++i) {
      CHECK(std::fabs(back[i] - numbers[i]) <= step);
      CHECK(back[32 + i] == 0.0F);
    }
  }
}

TEST_CASE("a file that the reference wrote is read") {
  const auto golden = test::gguf_golden();
  const auto content = from_hex(*golden.find("file"));
  const test::temporary_directory directory;
  test::write_file(directory.path("a.gguf"), as_text(content));
  const auto file = engine::gguf_file::open(directory.path("a.gguf"));

  REQUIRE(file.has_value());
  CHECK(file->find("general.architecture")->as_string() == "llama");
  CHECK(file->find("llama.block_count")->as_integer() == 3);
  CHECK(file->find("tokenizer.ggml.tokens")->count() == 3);
  REQUIRE(file->find_tensor("blk.0.attn_q.weight") != nullptr);
  CHECK(file->find_tensor("blk.0.attn_q.weight")->shape == std::vector<std::uint64_t>{2, 32});
  CHECK(file->find_tensor("blk.0.attn_q.weight")->layout->name == "Q8_0");
  CHECK(file->find_tensor("output_norm.weight")->shape == std::vector<std::uint64_t>{5});
}
