// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_executor.hpp"

#include "engine/core/cpu/parallel.hpp"
#include "engine/model/digest.hpp"
#include "engine/model/weight_reader.hpp"
#include "messages/vocab/block_naming.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/conformance/support/step_runner.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <numeric>
#include <set>
#include <span>
#include <vector>

using namespace troupe;
using namespace troupe::engine;
using test::small_llama;

namespace {

error refusal(const std::string& directory) {
  const auto model = load_native(directory);
  REQUIRE_FALSE(model.has_value());
  CHECK(model.err().code == errors::model_invalid);
  return model.err();
}

error refusal(const test::tensor_sources& tensors, const small_llama& of = {}) {
  const test::temporary_directory directory;
  test::write_file(directory.path("config.json"), test::config_text(of));
  test::write_file(directory.path("model.safetensors"), test::safetensors_text(tensors));
  const auto why = refusal(directory.path());
  CHECK(why.text.find(directory.path("model.safetensors")) == 0);
  return why;
}

const std::string q_proj = "model.layers.1.self_attn.q_proj.weight";

} // namespace

TEST_CASE("a small model loads and says what pool and scheduler must know") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});

  auto model = load_native(directory.path(), {.threads = 2});

  REQUIRE(model.has_value());
  const auto& traits = (*model).execution->traits();
  CHECK(traits.vocab_size == 101);
  CHECK(traits.context_tokens_max == 2048);
  CHECK(traits.block_bytes == 2U * 2 * 2 * 16 * block_tokens * sizeof(float));
  CHECK((*model).generation.eos == std::vector<token_id>{2});
}

TEST_CASE("a block read from one slot and written to another keeps its bytes") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  auto model = load_native(directory.path());
  auto& execution = *(*model).execution;
  execution.allocate_pool(4);
  bytes data(execution.traits().block_bytes);
  for (std::size_t i = 0; i < data.size(); ++i) {
    data[i] = static_cast<std::byte>(i * 7);
  }
  bytes back(data.size());
  bytes neighbour(data.size(), std::byte{1});

  execution.write_page(2, data);
  execution.read_page(2, back);
  execution.read_page(3, neighbour);

  CHECK(back == data);
  CHECK(neighbour == bytes(data.size()));
}

TEST_CASE("pages that a step makes whole are copied by it") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  auto model = load_native(directory.path());
  auto& execution = *(*model).execution;
  execution.allocate_pool(4);
  CHECK(test::copies_whole_pages(execution, {5, 17, 60}));
}

TEST_CASE(
    "a row whose logits are not numbers has no token, the others and later ones have theirs") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  auto model = load_native(directory.path());
  auto& execution = *(*model).execution;
  execution.allocate_pool(4);
  const std::vector<float> broken(execution.traits().block_bytes / sizeof(float), std::nanf(""));
  execution.write_page(1, std::as_bytes(std::span{broken}));
  const std::array<token_id, 3> tokens{5, 17, 60};
  const std::array<slot_id, 1> good{0};
  const std::array<slot_id, 2> bad{1, 2};
  const auto row_of = [&](std::span<const slot_id> blocks, std::uint32_t first) {
    step_row row;
    row.tokens = tokens;
    row.first_position = first;
    row.blocks = blocks;
    row.wants_token = true;
    row.how.temperature = 0;
    return row;
  };
  const auto tokens_of = [&](std::vector<step_row> rows) {
    step_output out;
    execution.execute({.step = 1, .rows = std::move(rows)}, out);
    return out.tokens;
  };
  const auto alone = tokens_of({row_of(good, 0)});
  REQUIRE(alone.size() == 1);
  CHECK(alone[0] < execution.traits().vocab_size);

  CHECK(tokens_of({row_of(bad, block_tokens), row_of(good, 0)})
        == std::vector<token_id>{no_token, alone[0]});
  CHECK(tokens_of({row_of(std::span{bad}.first(1), 0)}) == alone);
}

TEST_CASE("rows of a step draw the same tokens whoever of the threads draws them") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  const auto drawn = [&](std::uint32_t threads) {
    auto model = load_native(directory.path(), {.threads = threads});
    REQUIRE(model.has_value());
    auto& execution = *(*model).execution;
    execution.allocate_pool(20);
    std::vector<token_id> tokens(20);
    std::iota(tokens.begin(), tokens.end(), token_id{0});
    std::vector<slot_id> slots(20);
    std::iota(slots.begin(), slots.end(), slot_id{0});
    step_plan plan{.step = 1};
    for (std::uint32_t i = 0; i < 20; ++i) {
      step_row row;
      row.tokens = std::span{tokens}.subspan(i, 1);
      row.blocks = std::span{slots}.subspan(i, 1);
      row.wants_token = i % 5 != 4;
      row.how = {.temperature = 1.5F, .top_p = i % 2 == 0 ? 0.9F : 1.0F, .seed = i};
      row.how.logprobs = i == 7;
      plan.rows.push_back(row);
    }
    step_output out;
    execution.execute(plan, out);
    REQUIRE(out.logprobs.size() == 16);
    CHECK(out.logprobs[6].logprob < 0); // Of row 7; row 4 wants no token.
    return out.tokens;
  };
  const auto alone = drawn(1);
  CHECK(alone.size() == 16);
  CHECK(std::set<token_id>(alone.begin(), alone.end()).size() > 3);
  CHECK(drawn(2) == alone);
  CHECK(drawn(8) == alone);
}

TEST_CASE("the digest is that of weights, config and tokenizer") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  const auto first = (*load_native(directory.path())).digest;
  CHECK((*load_native(directory.path())).digest == first);
  test::write_file(directory.path("tokenizer.json"), "{}");
  const auto with_tokenizer = (*load_native(directory.path())).digest;
  CHECK(with_tokenizer != first);
  test::write_model(directory.path(), {.seed = 2});
  CHECK((*load_native(directory.path())).digest != with_tokenizer);
}

TEST_CASE("a tensor that is missing, misshapen or of a wrong type is named with its file") {
  auto tensors = test::random_tensors({});
  auto broken = tensors;
  broken.erase(q_proj);
  CHECK(refusal(broken).field == q_proj);
  CHECK(refusal(broken).text.find("missing") != std::string::npos);

  broken = tensors;
  std::swap(broken[q_proj].shape[0], broken[q_proj].shape[1]);
  CHECK(refusal(broken).field == q_proj);
  CHECK(refusal(broken).text.find("[48, 64]") != std::string::npos);

  broken = tensors;
  broken[q_proj].type = "I16";
  CHECK(refusal(broken).field == q_proj);
  CHECK(refusal(broken).text.find("I16") != std::string::npos);

  broken = tensors;
  broken["model.norm.weight"].type = "U16";
  CHECK(refusal(broken).field == "model.norm.weight");

  CHECK(refusal(tensors, {.is_tied = false}).field == "lm_head.weight");
}

TEST_CASE("values that are not finite, biases and overflowing arithmetic are refused") {
  auto broken = test::random_tensors({});
  broken[q_proj].data[10] = std::byte{0x80};
  broken[q_proj].data[11] = std::byte{0x7f};
  CHECK(refusal(broken).field == q_proj);
  CHECK(refusal(broken).text.find("infinity") != std::string::npos);

  broken = test::random_tensors({});
  broken["model.layers.0.self_attn.q_proj.bias"] = {"BF16", {64}, bytes(128)};
  CHECK(refusal(broken).field == "model.layers.0.self_attn.q_proj.bias");

  broken = test::random_tensors({});
  for (auto& byte : broken["model.norm.weight"].data) {
    byte = std::byte{0x7e}; // About 8e37 each.
  }
  for (std::size_t i = 0; i < broken["model.embed_tokens.weight"].data.size(); i += 2) {
    broken["model.embed_tokens.weight"].data[i + 1] = std::byte{0x44};
  }
  CHECK(refusal(broken).text.find("overflows") != std::string::npos);
}

TEST_CASE("a truncated weight file and a broken config are refused by the file's name") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  auto text = test::safetensors_text(test::random_tensors({}));
  text.resize(text.size() - 100);
  test::write_file(directory.path("model.safetensors"), text);
  const auto truncated = refusal(directory.path());
  CHECK(truncated.text.find("truncated") != std::string::npos);
  CHECK(truncated.field.find("model.") == 0);

  test::write_file(directory.path("config.json"), "{\"architectures\": [");
  CHECK(refusal(directory.path()).text.find(directory.path("config.json")) == 0);
  std::filesystem::remove(directory.path("config.json"));
  CHECK(refusal(directory.path()).field == directory.path("config.json"));
}

TEST_CASE("shards are read through their index, and a wrong index names tensor and file") {
  const test::temporary_directory directory;
  auto tensors = test::random_tensors({});
  test::tensor_sources first{{q_proj, tensors[q_proj]}};
  tensors.erase(q_proj);
  test::write_file(directory.path("config.json"), test::config_text({}));
  test::write_file(directory.path("a.safetensors"), test::safetensors_text(first));
  test::write_file(directory.path("b.safetensors"), test::safetensors_text(tensors));
  const auto write_index = [&](const std::string& q_file) {
    std::string map = "\"" + q_proj + "\":\"" + q_file + "\"";
    for (const auto& [name, tensor] : tensors) {
      map += ",\"" + name + "\":\"b.safetensors\"";
    }
    test::write_file(directory.path("model.safetensors.index.json"),
                     R"({"metadata":{},"weight_map":{)" + map + "}}");
  };

  write_index("a.safetensors");
  CHECK(load_native(directory.path()).has_value());
  write_index("b.safetensors");
  CHECK(refusal(directory.path()).field == q_proj);
  write_index("../a.safetensors");
  CHECK(refusal(directory.path()).field == q_proj);
  write_index("c.safetensors");
  CHECK(refusal(directory.path()).field == directory.path("c.safetensors"));
  for (const auto* index : {"{}", "[]", R"({"weight_map":{}})", R"({"weight_map":3})"}) {
    test::write_file(directory.path("model.safetensors.index.json"), index);
    CHECK(refusal(directory.path()).field == "weight_map");
  }
  test::write_file(directory.path("model.safetensors.index.json"), R"({"weight_map":{"a":3}})");
  CHECK(refusal(directory.path()).field == "a");
  test::write_file(directory.path("model.safetensors.index.json"), R"({"weight_map":)");
  CHECK(refusal(directory.path()).field == directory.path("model.safetensors.index.json"));
}

TEST_CASE("a tensor that stands in two shards is refused, for it is nobody's to choose one") {
  const test::temporary_directory directory;
  const auto tensors = test::random_tensors({});
  test::write_file(directory.path("config.json"), test::config_text({}));
  test::write_file(directory.path("a.safetensors"),
                   test::safetensors_text({{q_proj, tensors.at(q_proj)}}));
  test::write_file(directory.path("b.safetensors"), test::safetensors_text(tensors));
  test::write_file(directory.path("model.safetensors.index.json"),
                   R"({"weight_map":{")" + q_proj
                       + R"(":"a.safetensors","model.norm.weight":"b.safetensors"}})");
  const auto why = refusal(directory.path());
  CHECK(why.field == q_proj);
  CHECK(why.text.find(directory.path("b.safetensors")) == 0);
  CHECK(why.text.find(directory.path("a.safetensors")) != std::string::npos);
}

TEST_CASE("a config that asks for a far larger model than the file holds names the tensor") {
  small_llama huge;
  huge.hidden = 131'072;
  huge.feed_forward = 1'048'576;
  huge.vocab = 4'194'304;
  huge.layers = 1024;
  const std::string first = "model.embed_tokens.weight";
  CHECK(refusal(test::random_tensors({}), huge).field == first);
  CHECK(refusal({{"w", {"F32", {1}, bytes(4)}}}, huge).field == first);
}

TEST_CASE("what is read after an error is empty, whatever its size") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {});
  const auto files = checkpoint::open(directory.path());
  cpu::parallel workers{1};
  weight_reader from{*files, weight_type::keep, workers};
  CHECK(from.vector("nothing.weight", 1 << 30).empty());
  CHECK(from.failure()->field == "nothing.weight");
  CHECK(from.vector("model.norm.weight", 1 << 30).empty());
  const std::string name = "model.embed_tokens.weight";
  CHECK(from.matrix({&name, 1}, std::array{1 << 20}, 1 << 16).memory.data() == nullptr);
}

TEST_CASE("options out of range are refused") {
  CHECK(load_native("nowhere", {.threads = 0}).err().field == "threads");
  CHECK(load_native("nowhere", {.threads = 1000}).err().code == errc::invalid_value);
}

TEST_CASE("blocks of another making name other contents") {
  const test::temporary_directory directory;
  test::write_model(directory.path(), {.hidden = 64, .feed_forward = 96});
  std::vector<content_id> all;
  for (const auto type : {weight_type::keep, weight_type::q8_0, weight_type::q4_0}) {
    const auto model = load_native(directory.path(), {.weights = type});
    REQUIRE(model.has_value());
    all.push_back(model->execution->traits().content);
  }
  const auto digest = load_native(directory.path())->digest;
  const auto order = cpu::select_ops().order;
  CHECK(all[0] == content_of(digest, {.has_pairs = true, .order = order}));
  CHECK(content_of(digest, {.has_pairs = true, .order = ops::pair_order::chain})
        != content_of(digest, {.has_pairs = true, .order = ops::pair_order::tiles}));
  CHECK(all[0] != content_of(digest));
  const auto wide = load_native(directory.path(), {.weights = weight_type::f32});
  REQUIRE(wide.has_value());
  CHECK(wide->execution->traits().content == content_of(digest));
  CHECK(all[0] != all[1]);
  CHECK(all[0] != all[2]);
  CHECK(all[1] != all[2]);
}
