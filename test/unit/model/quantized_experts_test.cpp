// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/native_executor.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"
#include "test/support/golden_model.hpp"
#include "test/support/model_files.hpp"
#include "test/support/quantized_golden.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <string>

using namespace troupe;
using namespace troupe::engine;
using test::quantized_golden;

namespace {

const std::string experts = "model.layers.1.mlp.experts."; // 5 of [192, 64] and [64, 96].

/// What became of gpt-oss in mxfp4, changed so.
result<native_model> load(const std::function<void(quantized_golden&)>& change) {
  auto golden = test::read_quantized_golden("mxfp4_gpt_oss");
  change(golden);
  const test::temporary_directory directory;
  test::write_model(directory.path(), golden);
  return load_native(directory.path(), {.threads = 2});
}

/// The refusal, which names the file of weights and is of that field.
std::string refusal(const std::string& field,
                    const std::function<void(quantized_golden&)>& change) {
  const auto model = load(change);
  REQUIRE_FALSE(model.has_value());
  CHECK(model.err().code == errors::model_invalid);
  CHECK(model.err().field == field);
  CHECK(model.err().text.find("/model.safetensors: " + field + ": ") != std::string::npos);
  return model.err().text;
}

bool has(const std::string& text, const std::string& what) {
  CAPTURE(text);
  return text.find(what) != std::string::npos;
}

/// Another tensor in place of one, of bytes that are all 1.
void put(quantized_golden& to, const std::string& name, const std::string& type,
         std::vector<std::uint64_t> shape) {
  std::uint64_t size = type == "F32" || type == "I32" ? 4 : type == "BF16" ? 2 : 1;
  for (const auto count : shape) {
    size *= count;
  }
  to.tensors[name] = {type, std::move(shape), bytes(size, std::byte{1})};
}

} // namespace

TEST_CASE("gpt-oss loads with its experts in mxfp4, however the weights are to be kept") {
  const auto golden = test::read_quantized_golden("mxfp4_gpt_oss");
  const test::temporary_directory directory;
  test::write_model(directory.path(), golden);
  for (const auto type :
       {weight_type::keep, weight_type::f32, weight_type::q8_0, weight_type::q4_0}) {
    const auto model = load_native(directory.path(), {.threads = 2, .weights = type});
    CHECK_MESSAGE(model.has_value(), (model ? "" : model.err().text));
  }
}

TEST_CASE("scales of experts that are missing or of another type or shape are refused") {
  for (const auto* matrix : {"gate_up_proj", "down_proj"}) {
    const auto name = experts + matrix + "_scales";
    CHECK(has(refusal(name, [&](auto& all) { all.tensors.erase(name); }), "is missing"));
    CHECK(has(refusal(name, [&](auto& all) { put(all, name, "BF16", {5, 64, 3}); }),
              "its dtype is BF16"));
    CHECK(has(refusal(name, [&](auto& all) { put(all, name, "U8", {5, 3, 64}); }),
              "its shape is [5, 3, 64]"));
  }
}

TEST_CASE("blocks of experts of another type or shape are refused") {
  const auto blocks = experts + "down_proj_blocks";
  const auto scales = experts + "down_proj_scales";
  CHECK(has(refusal(blocks, [&](auto& all) { put(all, blocks, "F32", {5, 64, 3, 16}); }), "F32"));
  CHECK(has(refusal(blocks, [&](auto& all) { put(all, blocks, "U8", {5, 64, 6, 8}); }),
            "no blocks of 32 numbers"));
  // Blocks and scales fit each other, but not the config.
  const auto of_shape = [&](std::uint64_t count, std::uint64_t rows, std::uint64_t groups) {
    return refusal(experts + "down_proj", [&](auto& all) {
      put(all, blocks, "U8", {count, rows, groups, 16});
      put(all, scales, "U8", {count, rows, groups});
    });
  };
  CHECK(has(of_shape(4, 64, 3), "its shape is [4, 64, 96], but the config asks for [5, 64, 96]"));
  CHECK(has(of_shape(5, 32, 3), "[5, 32, 96]"));
  CHECK(has(of_shape(5, 64, 2), "[5, 64, 64]"));
}

TEST_CASE("experts that are missing, and scales that are NaN or too large, are refused") {
  const auto scales = experts + "gate_up_proj_scales";
  CHECK(has(refusal(experts + "gate_up_proj",
                    [&](auto& all) {
                      all.tensors.erase(experts + "gate_up_proj_blocks");
                      all.tensors.erase(scales);
                    }),
            "this tensor is missing"));
  const auto with_scale = [&](std::uint8_t code) {
    return refusal(experts + "gate_up_proj",
                   [&](auto& all) { all.tensors.at(scales).data[1919] = std::byte{code}; });
  };
  CHECK(has(with_scale(0xff), "its scale 1919 is"));
  CHECK(has(with_scale(0xfe), "its scale 1919 is so large that its numbers overflow"));
}

TEST_CASE("biases of experts in codes are needed, with a number for each output") {
  const auto name = experts + "gate_up_proj_bias";
  CHECK(has(refusal(name, [&](auto& all) { all.tensors.erase(name); }), "is missing"));
  CHECK(has(refusal(name, [&](auto& all) { put(all, name, "BF16", {5, 96}); }), "[5, 96]"));
}

TEST_CASE("experts in codes that the config lists as not converted are refused") {
  const auto text = refusal("model.layers.0.mlp.experts.down_proj_blocks", [](auto& all) {
    all.config.set("quantization_config", *json::parse(R"({"quant_method":"mxfp4",
                   "modules_to_not_convert":["model.layers.0.mlp"]})"));
  });
  CHECK(has(text, "not converted"));
}

TEST_CASE("experts of Llama 4 in codes are refused by the name of their format") {
  const std::string of = "model.layers.0.feed_forward.experts.";
  const auto refused = [](const std::string& quantization,
                          const std::function<void(test::tensor_sources&)>& change) {
    const auto golden = test::read_golden("llama4_scout");
    quantized_golden whole{.config = golden.config};
    whole.config.set("quantization_config", *json::parse(quantization));
    for (const auto& tensor : golden.tensors) {
      put(whole, tensor.name, "BF16", tensor.shape);
    }
    change(whole.tensors);
    const test::temporary_directory directory;
    test::write_model(directory.path(), whole);
    const auto model = load_native(directory.path(), {.threads = 2});
    REQUIRE_FALSE(model.has_value());
    return model.err();
  };
  const auto stacked = refused(R"({"quant_method":"mxfp4"})", [&](auto& tensors) {
    tensors.erase(of + "gate_up_proj");
    tensors[of + "gate_up_proj_blocks"] = {
        "U8", {5, 80, 1, 16}, bytes(std::size_t{5} * 80 * 16, std::byte{1})};
    tensors[of + "gate_up_proj_scales"] = {
        "U8", {5, 80, 1}, bytes(std::size_t{5} * 80, std::byte{127})};
  });
  CHECK(stacked.field == of + "gate_up_proj");
  CHECK(has(stacked.text, "stacked experts in mxfp4 are read of GptOssForCausalLM only"));
  CHECK(has(stacked.text, "use a checkpoint"));

  const auto separate = refused(R"({"quant_method":"fp8"})", [&](auto& tensors) {
    const auto name = of + "0.gate_proj.weight";
    tensors[name] = {"F8_E4M3", {40, 48}, bytes(std::size_t{40} * 48, std::byte{8})};
    tensors[name + "_scale"] = {"BF16", {40, 1}, bytes(80, std::byte{0x3c})};
  });
  CHECK(separate.field == of + "0.gate_proj.weight");
  CHECK(has(separate.text, "not one by one"));
}
