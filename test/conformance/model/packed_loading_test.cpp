// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_forward.hpp"
#include "engine/model/gguf_config.hpp"
#include "engine/model/native_executor.hpp"
#include "engine/model/packed_writing.hpp"
#include "messages/vocab/block_naming.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/gguf_files.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"
#include "test/support/quantized_golden.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <vector>

using namespace troupe;
using namespace troupe::engine;

namespace {

constexpr hash128 key{1, 2};

const std::vector<weight_type> all_roundings{weight_type::keep, weight_type::f32, weight_type::q8_0,
                                             weight_type::q4_0};

/// Logits after each of some tokens.
std::vector<float> logits_of(const decoder_weights& weights, cpu::parallel& workers) {
  const auto pages = one_page(weights.spec, static_cast<std::int32_t>(block_tokens));
  decoder_forward forward{weights, pages, cpu::select_ops(cpu::cpu_path::automatic), workers};
  const token_list tokens{3, 1, 4, 1, 5, 9, 2, 6};
  test::runner_sequence s{tokens, test::slots_from(1, tokens.size()), 0};
  std::vector<float> pool((s.blocks.size() + 1) * pages.layout.block_elements());
  std::vector<float> all;
  while (s.computed < tokens.size()) {
    auto row = test::row_of(s, 2);
    row.wants_token = true;
    forward.run({&row, 1}, pool.data());
    s.computed += 2;
    const auto logits = forward.logits(0);
    all.insert(all.end(), logits.begin(), logits.end());
  }
  return all;
}

/// Packs, writes, loads from there: the logits must have the same bits.
void check_same(const std::string& model, const model_spec& spec, weight_type type) {
  const test::temporary_directory copies;
  cpu::parallel workers{2};
  const auto files = checkpoint::open(model);
  REQUIRE_MESSAGE(files.has_value(), (files ? "" : files.err().text));
  packed_notes notes;
  const auto packed = load_decoder(*files, spec, type, workers, {.notes = &notes});
  REQUIRE_MESSAGE(packed.has_value(), (packed ? "" : packed.err().text));
  const std::atomic<bool> never{false};
  const auto written = write_packed({.directory = copies.path(), .key = key}, notes, never);
  REQUIRE_MESSAGE(written.has_value(), (written ? "" : written.err().text));
  const auto copy = packed_copy::open(packed_path(copies.path(), key), key, workers, {});
  REQUIRE_MESSAGE(copy.has_value(), (copy ? "" : copy.err().text));
  const auto mapped = load_decoder(*files, spec, type, workers, {.from = &*copy});
  REQUIRE_MESSAGE(mapped.has_value(), (mapped ? "" : mapped.err().text));

  const auto a = logits_of(*packed, workers);
  const auto b = logits_of(*mapped, workers);
  REQUIRE(a.size() == b.size());
  CHECK(std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0);
}

model_spec spec_of(const std::string& directory) {
  const auto config = read_json_file(directory + "/config.json");
  const auto spec = read_config(*config, "config.json");
  REQUIRE_MESSAGE(spec.has_value(), (spec ? "" : spec.err().text));
  return *spec;
}

} // namespace

TEST_CASE("every family has the same logits from its packed copy, however it is rounded") {
  for (const auto& name : test::golden_names()) {
    CAPTURE(name);
    const test::temporary_directory directory;
    test::write_golden(directory.path(), test::read_golden(name), "BF16");
    for (const auto type : all_roundings) {
      CAPTURE(static_cast<int>(type));
      check_same(directory.path(), spec_of(directory.path()), type);
    }
  }
}

TEST_CASE("quantized safetensors have the same logits from their packed copies") {
  for (const auto& name : test::quantized_golden_names()) {
    CAPTURE(name);
    const test::temporary_directory directory;
    test::write_model(directory.path(), test::read_quantized_golden(name));
    for (const auto type : {weight_type::keep, weight_type::q8_0}) {
      check_same(directory.path(), spec_of(directory.path()), type);
    }
  }
}

TEST_CASE("GGUF files of blocks have the same logits from their packed copies") {
  const test::small_llama of{
      .type = "F32", .hidden = 256, .heads = 8, .head_dim = 32, .feed_forward = 256};
  for (const auto& [type, of_values] :
       {std::pair{gguf_type::q8_0, gguf_type::q8_0}, std::pair{gguf_type::q4_0, gguf_type::q4_0},
        std::pair{gguf_type::q4_k, gguf_type::q6_k}}) {
    const test::temporary_directory directory;
    auto file = test::gguf_metadata(of);
    test::add_gguf_tensors(file, of, type, of_values);
    const auto path = directory.path("model.gguf");
    test::write_file(path, file.done());
    const auto opened = gguf_file::open(path);
    REQUIRE(opened.has_value());
    const auto spec = read_config(*config_of_gguf(*opened), path);
    REQUIRE(spec.has_value());
    for (const auto rounding : all_roundings) {
      check_same(path, *spec, rounding);
    }
  }
}
