// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_executor.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "runtime/json/write.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace troupe;
using namespace troupe::engine;
using test::tensor_sources;

namespace {

const std::string q_proj = "model.layers.1.self_attn.q_proj";
const test::small_llama small{.type = "F32"};

std::string config_text(const std::string& quantization) {
  auto config = *json::parse(test::config_text(small));
  config.set("quantization_config", *json::parse(quantization));
  return json::write(config);
}

const std::string fp8 = R"({"quant_method":"fp8"})";
const std::string gptq = R"({"quant_method":"gptq","bits":4,"group_size":16})";

/// Codes of fp8 that are all 1/64, with a scale for all.
void quantize(tensor_sources& tensors, const std::string& module, float scale = 0.5F) {
  auto& weight = tensors.at(module + ".weight");
  weight.type = "F8_E4M3";
  weight.data.assign(weight.shape[0] * weight.shape[1], std::byte{0x08});
  auto& scales = tensors[module + ".weight_scale"];
  scales = {"F32", {1}, bytes(4)};
  std::memcpy(scales.data.data(), &scale, sizeof scale);
}

result<native_model> load(const tensor_sources& tensors, const std::string& config) {
  const test::temporary_directory directory;
  test::write_file(directory.path("config.json"), config);
  test::write_file(directory.path("model.safetensors"), test::safetensors_text(tensors));
  return load_native(directory.path(), {.threads = 2});
}

/// The text of the refusal of a model whose q_proj is changed so.
template <class Change>
std::string refusal(Change change) {
  auto tensors = test::random_tensors(small);
  quantize(tensors, q_proj);
  change(tensors);
  const auto model = load(tensors, config_text(fp8));
  REQUIRE_FALSE(model.has_value());
  CHECK(model.err().code == errors::model_invalid);
  CHECK(model.err().text.find("/model.safetensors: " + model.err().field + ": ")
        != std::string::npos);
  return model.err().field + ": " + model.err().text;
}

} // namespace

TEST_CASE("a model with one matrix in codes loads, and is not the one without") {
  auto tensors = test::random_tensors(small);
  const auto plain = load(tensors, test::config_text(small));
  REQUIRE(plain.has_value());
  quantize(tensors, q_proj);
  const auto model = load(tensors, config_text(fp8));
  REQUIRE_MESSAGE(model.has_value(), (model ? "" : model.err().text));
  CHECK((*model).digest != (*plain).digest);
}

TEST_CASE("a matrix in codes is packed with those beside it that are not") {
  auto tensors = test::random_tensors({.type = "BF16"});
  quantize(tensors, q_proj);
  const auto model = load(tensors, config_text(fp8));
  CHECK_MESSAGE(model.has_value(), (model ? "" : model.err().text));
}

TEST_CASE("codes and scales that make no finite number are refused by file and tensor") {
  const auto has = [](const std::string& text, const std::string& what) {
    return text.starts_with(q_proj + ".weight: ") && text.find(what) != std::string::npos;
  };
  CHECK(has(refusal([](auto& all) { all[q_proj + ".weight"].data[77] = std::byte{0xff}; }),
            "its code 77 is a NaN"));
  CHECK(has(refusal([](auto& all) { quantize(all, q_proj, 0); }), "its scale 0 is zero"));
  CHECK(has(refusal([](auto& all) { quantize(all, q_proj, 3e38F); }), "overflow"));
  CHECK(has(refusal([](auto& all) {
              std::swap(all[q_proj + ".weight"].shape[0], all[q_proj + ".weight"].shape[1]);
            }),
            "[48, 64]"));
}

TEST_CASE("an embedding in codes is refused, since it is not multiplied with only") {
  const auto text = refusal([](auto& all) { quantize(all, "model.embed_tokens"); });
  CHECK(text.starts_with("model.embed_tokens.weight: "));
  CHECK(text.find("fp8-e4m3") != std::string::npos);
}

TEST_CASE("biases of zeros beside GPTQ's codes are passed over, others are not") {
  auto tensors = test::random_tensors(small);
  const std::string o_proj = "model.layers.0.self_attn.o_proj";
  tensors.erase(o_proj + ".weight"); // [48, 64]
  tensors[o_proj + ".qweight"] = {"I32", {8, 48}, bytes(8 * 48 * 4, std::byte{0x87})};
  tensors[o_proj + ".qzeros"] = {"I32", {4, 6}, bytes(4 * 6 * 4, std::byte{0x77})};
  tensors[o_proj + ".scales"] = {"F16", {4, 48}, bytes(4 * 48 * 2, std::byte{0x20})};
  tensors[o_proj + ".bias"] = {"F16", {48}, bytes(96)};
  const auto model = load(tensors, config_text(gptq));
  CHECK_MESSAGE(model.has_value(), (model ? "" : model.err().text));

  tensors[o_proj + ".bias"].data[95] = std::byte{1};
  const auto refused = load(tensors, config_text(gptq));
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.err().field == o_proj + ".bias");
}
