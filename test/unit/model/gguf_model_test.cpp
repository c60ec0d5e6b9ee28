// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/core/cpu/parallel.hpp"
#include "engine/model/checkpoint.hpp"
#include "engine/model/config.hpp"
#include "engine/model/decoder_weights.hpp"
#include "engine/model/gguf_config.hpp"
#include "engine/model/native_executor.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/gguf_files.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstring>

using namespace troupe;
using namespace troupe::engine;
using test::small_llama;

namespace {

// Rows of whole blocks of 32.
small_llama blocks_of(std::string_view type) {
  return {.type = std::string{type}, .hidden = 64, .feed_forward = 96};
}

std::string path_of(const test::temporary_directory& directory, const test::gguf_builder& file) {
  const auto path = directory.path("model.gguf");
  test::write_file(path, file.done());
  return path;
}

bool same(const owned_matrix& a, const owned_matrix& b) {
  return a.view.type == b.view.type && a.memory.size() == b.memory.size()
         && std::memcmp(a.memory.data(), b.memory.data(), a.memory.size()) == 0;
}

void check_same(const decoder_weights& a, const decoder_weights& b) {
  REQUIRE(a.layers.size() == b.layers.size());
  for (std::size_t i = 0; i < a.layers.size(); ++i) {
    CHECK(a.layers[i].input_norm == b.layers[i].input_norm);
    CHECK(a.layers[i].post_norm == b.layers[i].post_norm);
    CHECK(same(a.layers[i].qkv, b.layers[i].qkv));
    CHECK(same(a.layers[i].attention_out, b.layers[i].attention_out));
    CHECK(same(a.layers[i].mlp.gate_up, b.layers[i].mlp.gate_up));
    CHECK(same(a.layers[i].mlp.down, b.layers[i].mlp.down));
  }
  CHECK(a.final_norm == b.final_norm);
  CHECK(same(a.head, b.head));
  CHECK(a.embedding_type == b.embedding_type);
  REQUIRE(a.embedding.size() == b.embedding.size());
  CHECK(std::memcmp(a.embedding.data(), b.embedding.data(), a.embedding.size()) == 0);
}

decoder_weights weights_at(const std::string& path, const model_spec& spec,
                           weight_type type = weight_type::f32) {
  const auto files = checkpoint::open(path);
  if (!files) {
    FAIL(files.err().text);
  }
  cpu::parallel workers{1};
  auto weights = load_decoder(*files, spec, type, workers);
  if (!weights) {
    FAIL(weights.err().text);
  }
  return *std::move(weights);
}

void check_as_safetensors(const small_llama& of, gguf_type type) {
  const test::temporary_directory directory;
  test::write_file(directory.path("config.json"), test::config_text(of));
  test::write_file(directory.path("model.safetensors"),
                   test::safetensors_text(test::through_blocks(test::random_tensors(of), type)));
  const auto config = read_json_file(directory.path("config.json"));
  const auto spec = read_config(*config, "config.json");
  REQUIRE(spec.has_value());
  auto file = test::gguf_metadata(of);
  test::add_gguf_tensors(file, of, type);

  check_same(weights_at(path_of(directory, file), *spec), weights_at(directory.path(), *spec));
}

model_spec spec_of_gguf(const std::string& path) {
  const auto file = gguf_file::open(path);
  REQUIRE(file.has_value());
  const auto config = config_of_gguf(*file);
  REQUIRE(config.has_value());
  const auto spec = read_config(*config, path);
  REQUIRE(spec.has_value());
  return *spec;
}

/// All numbers of a matrix, row by row.
std::vector<float> rows_of(const owned_matrix& of) {
  std::vector<float> all;
  for (std::int32_t panel = 0; panel < of.view.panels(); ++panel) {
    const auto rows = std::min(ops::panel_width, of.view.outputs - panel * ops::panel_width);
    std::vector<float> some(static_cast<std::size_t>(rows)
                            * static_cast<std::size_t>(of.view.inputs));
    ops::unpack_panel(of.view, panel, some);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

token_id first_token(const std::string& path) {
  auto model = load_native(path);
  if (!model) {
    FAIL(model.err().text);
  }
  model->execution->allocate_pool(1);
  const std::array<token_id, 3> tokens{5, 17, 60};
  const std::array<slot_id, 1> blocks{0};
  step_row row;
  row.tokens = tokens;
  row.blocks = blocks;
  row.wants_token = true;
  row.how.temperature = 0;
  step_output out;
  model->execution->execute({.step = 1, .rows = {row}}, out);
  REQUIRE(out.tokens.size() == 1);
  return out.tokens[0];
}

error refusal(const test::gguf_builder& file) {
  const test::temporary_directory directory;
  const auto path = path_of(directory, file);
  const auto model = load_native(path);
  REQUIRE_FALSE(model.has_value());
  CHECK(model.err().code == errors::model_invalid);
  CHECK(model.err().text.find(path) == 0);
  return model.err();
}

} // namespace

TEST_CASE("a GGUF's weights are bit for bit those of the safetensors it was made of") {
  check_as_safetensors(blocks_of("F32"), gguf_type::f32);
  check_as_safetensors(blocks_of("F16"), gguf_type::f16);
  check_as_safetensors(blocks_of("BF16"), gguf_type::bf16);
  auto untied = blocks_of("BF16");
  untied.is_tied = false;
  check_as_safetensors(untied, gguf_type::bf16);
}

TEST_CASE("a GGUF's blocks are widened to F32 before they are packed") {
  check_as_safetensors(blocks_of("F32"), gguf_type::q8_0);
  check_as_safetensors(blocks_of("F32"), gguf_type::q4_0);
}

TEST_CASE("k blocks are kept, those of v apart where they are of another type") {
  const small_llama of{
      .type = "F32", .hidden = 256, .heads = 8, .head_dim = 32, .feed_forward = 256};
  const test::temporary_directory directory;
  auto file = test::gguf_metadata(of);
  test::add_gguf_tensors(file, of, gguf_type::q4_k, gguf_type::q6_k);
  const auto path = path_of(directory, file);
  const auto spec = spec_of_gguf(path);
  const auto kept = weights_at(path, spec, weight_type::keep);
  const auto wide = weights_at(path, spec);

  CHECK(kept.embedding_type == ops::dtype::q4_k);
  for (std::size_t i = 0; i < of.layers; ++i) {
    const auto& layer = kept.layers[i];
    CHECK(layer.qkv.view.type == ops::dtype::q4_k);
    CHECK(layer.qkv.view.outputs == spec.q_cols() + spec.kv_cols());
    CHECK(layer.values.view.type == ops::dtype::q6_k);
    CHECK(layer.values.view.outputs == spec.kv_cols());
    CHECK(layer.mlp.down.view.type == ops::dtype::q4_k);
    CHECK(wide.layers[i].values.view.outputs == 0);
    auto rows = rows_of(layer.qkv);
    const auto values = rows_of(layer.values);
    rows.insert(rows.end(), values.begin(), values.end());
    CHECK(rows == rows_of(wide.layers[i].qkv));
  }
}

TEST_CASE("a GGUF file is served like a directory: same first token, its own digest") {
  const auto of = blocks_of("BF16");
  const test::temporary_directory directory;
  test::write_model(directory.path(), of);
  auto file = test::gguf_metadata(of);
  test::add_gguf_tensors(file, of, gguf_type::bf16);
  const auto path = path_of(directory, file);

  CHECK(first_token(path) == first_token(directory.path()));
  const auto model = load_native(path);
  CHECK(model->generation.eos == std::vector<token_id>{2});
  CHECK(model->spec.context_tokens_max == 2048);
  CHECK_FALSE(model->digest == load_native(directory.path())->digest);
}

TEST_CASE("a GGUF with a tensor missing, unknown or of an unread type is refused by its name") {
  const auto of = blocks_of("F32");
  auto file = test::gguf_metadata(of);
  const bytes row(64 * 4);
  file.tensor("token_embd.weight", {64, 101}, 0, bytes(std::size_t{64} * 101 * 4));
  CHECK(refusal(file).text.find("missing") != std::string::npos);

  auto unknown = file;
  CHECK(refusal(unknown.tensor("blk.0.ffn_gate_exps.weight", {64}, 0, row)).field
        == "blk.0.ffn_gate_exps.weight");

  auto unread = file;
  const auto why = refusal(unread.tensor("blk.0.ffn_up.weight", {32}, 3, bytes(20)));
  CHECK(why.field == "blk.0.ffn_up.weight");
  CHECK(why.text.find("Q4_1") != std::string::npos);

  auto odd = file;
  CHECK(refusal(odd.tensor("blk.0.attn_q.weight", {64, 63}, 0, bytes(std::size_t{64} * 63 * 4)))
            .text.find("63 rows")
        != std::string::npos);

  auto biased = test::gguf_metadata(of);
  test::add_gguf_tensors(biased, of, gguf_type::f32);
  CHECK(refusal(biased.tensor("blk.0.attn_v.bias", {32}, 0, bytes(32 * 4)))
            .text.find("biases are not supported")
        != std::string::npos);
}
