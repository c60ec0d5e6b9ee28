// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/gguf_names.hpp"

#include "test/support/gguf_golden.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;
using engine::gguf_row_order;
using engine::place_in_hf;

TEST_CASE("GGUF names are those that the reference's tables give Hugging Face's") {
  const auto golden = test::gguf_golden();
  const auto* names = golden.find("names")->as_array();
  REQUIRE(names != nullptr);
  REQUIRE(names->size() > 30);
  for (const auto& row : *names) {
    const auto& parts = *row.as_array();
    const auto place = place_in_hf(*parts[0].as_string(), *parts[1].as_string(), "x.gguf");
    REQUIRE(place.has_value());
    CHECK(place->name == *parts[2].as_string());
  }
}

TEST_CASE("only llama's q and k have their rows in pairs") {
  const auto rows = [](std::string_view architecture, std::string_view name) {
    return place_in_hf(architecture, name, "x.gguf")->rows;
  };
  CHECK(rows("llama", "blk.0.attn_q.weight") == gguf_row_order::query_pairs);
  CHECK(rows("llama", "blk.0.attn_k.weight") == gguf_row_order::key_pairs);
  CHECK(rows("llama", "blk.0.attn_v.weight") == gguf_row_order::same);
  CHECK(rows("qwen3", "blk.0.attn_q.weight") == gguf_row_order::same);
  CHECK(place_in_hf("llama", "rope_freqs.weight", "x.gguf")->name.empty());
}

TEST_CASE("GGUF names and architectures that are not known are refused by their name") {
  for (const std::string_view name :
       {"blk.0.ffn_gate_exps.weight", "blk.attn_q.weight", "blk.01.attn_q.weight",
        "blk.-1.attn_q.weight", "blk.0.attn_q", "blk.0.token_embd.weight", "attn_q.weight",
        "blk.99999999999.attn_q.weight", "token_embd", "", ".weight", "output.weight.weight"}) {
    const auto place = place_in_hf("llama", name, "x.gguf");
    REQUIRE_FALSE(place.has_value());
    CHECK(place.err().field == (name.empty() ? "x.gguf" : name));
  }
  for (const std::string_view name : {"gemma3", "deepseek2", "gpt-oss", ""}) {
    CHECK(engine::check_gguf_architecture(name, "x.gguf").err().field == "general.architecture");
  }
}

TEST_CASE("rows in pairs come back as halves of their heads") {
  std::string halves;
  for (std::uint64_t row = 0; row < 8; ++row) {
    halves += std::to_string(engine::source_row(row, 4));
  }
  CHECK(halves == "02134657");
}
