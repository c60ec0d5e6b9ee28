// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/checkpoint.hpp"
#include "engine/model/native_executor.hpp"
#include "messages/vocab/error_codes.hpp"
#include "test/support/model_files.hpp"

#include <doctest/doctest.h>

#include <cstring>
#include <string>

using namespace troupe;
using namespace troupe::engine;
using test::tensor_source;
using test::tensor_sources;

namespace {

const std::string fp8_config = R"({"quantization_config":{"quant_method":"fp8",
  "weight_block_size":[16,16],"modules_to_not_convert":["lm_head"]}})";
const std::string fp8_row_config = R"({"quantization_config":{"quant_method":"fp8"}})";
const std::string int8_config = R"({"quantization_config":{"quant_method":"compressed-tensors",
  "format":"int-quantized","ignore":["re:.*head"],"config_groups":{"group_0":{"weights":{
  "num_bits":8,"type":"int","strategy":"channel"}}}}})";
const std::string int8_group_config = R"({"quantization_config":{
  "quant_method":"compressed-tensors","format":"int-quantized","config_groups":{"group_0":{
  "weights":{"num_bits":8,"type":"int","strategy":"group","group_size":16}}}}})";
const std::string awq_config =
    R"({"quantization_config":{"quant_method":"awq","bits":4,"group_size":16}})";
const std::string gptq_config =
    R"({"quantization_config":{"quant_method":"gptq","bits":4,"group_size":16,"desc_act":true}})";
const std::string mxfp4_config = R"({"quantization_config":{"quant_method":"mxfp4"}})";

/// Of bytes that are all 1: neither zero nor NaN in any type.
tensor_source ones(const std::string& type, std::vector<std::uint64_t> shape) {
  std::uint64_t size = type == "I32" || type == "F32" ? 4 : type == "F16" || type == "BF16" ? 2 : 1;
  for (const auto count : shape) {
    size *= count;
  }
  return {type, std::move(shape), bytes(size, std::byte{1})};
}

const tensor_sources fp8_tensors{{"m.weight", ones("F8_E4M3", {40, 32})},
                                 {"m.weight_scale_inv", ones("F32", {3, 2})}};
const tensor_sources int8_tensors{{"m.weight", ones("I8", {40, 32})},
                                  {"m.weight_scale", ones("BF16", {40, 1})}};
const tensor_sources awq_tensors{{"m.qweight", ones("I32", {32, 3})},
                                 {"m.qzeros", ones("I32", {2, 3})},
                                 {"m.scales", ones("F16", {2, 24})}};
const tensor_sources mxfp4_tensors{{"m.experts.up_blocks", ones("U8", {3, 8, 2, 16})},
                                   {"m.experts.up_scales", ones("U8", {3, 8, 2})}};

tensor_sources gptq_tensors() {
  tensor_sources all{{"m.qweight", ones("I32", {4, 24})},
                     {"m.qzeros", ones("I32", {2, 3})},
                     {"m.scales", ones("F16", {2, 24})},
                     {"m.g_idx", ones("I32", {32})}};
  std::ranges::fill(all["m.g_idx"].data, std::byte{0});
  return all;
}

struct opened {
  test::temporary_directory directory;
  result<checkpoint> files;

  opened(const std::string& config, const tensor_sources& tensors)
      : files([&] {
          test::write_file(directory.path("config.json"), config);
          test::write_file(directory.path("model.safetensors"), test::safetensors_text(tensors));
          return checkpoint::open(directory.path());
        }()) {}
};

error refusal(const std::string& config, const tensor_sources& tensors) {
  const opened got{config, tensors};
  REQUIRE_FALSE(got.files.has_value());
  const auto why = got.files.err();
  CHECK(why.code == errors::model_invalid);
  CHECK(why.text.find(got.directory.path("model.safetensors") + ": " + why.field) == 0);
  return why;
}

/// Checks that the tensor in place of another, or none, is refused by its name.
void check_refused(const std::string& config, tensor_sources tensors, const std::string& name,
                   std::optional<tensor_source> instead) {
  CAPTURE(name);
  tensors.erase(name);
  if (instead) {
    CAPTURE(instead->type);
    tensors[name] = *instead;
    CHECK(refusal(config, tensors).field == name);
  } else {
    const auto why = refusal(config, tensors);
    CHECK(why.field == name);
    CHECK(why.text.find("is missing") != std::string::npos);
  }
}

const quantized_matrix& found(const opened& at, const std::string& name) {
  REQUIRE_MESSAGE(at.files.has_value(), (at.files ? "" : at.files.err().text));
  const auto tensor = at.files->find(name).tensor;
  REQUIRE(tensor != nullptr);
  REQUIRE(tensor->quantized != nullptr);
  return *tensor->quantized;
}

} // namespace

TEST_CASE("matrices in codes are found by the names and shapes they would have without") {
  using shape = std::vector<std::uint64_t>;
  const opened fp8{fp8_config, fp8_tensors};
  CHECK(found(fp8, "m.weight").group_rows == 16);
  CHECK(fp8.files->find("m.weight").tensor->shape == shape{40, 32});
  CHECK(fp8.files->find("m.weight").tensor->type == "F32");
  const opened int8{int8_config, int8_tensors};
  CHECK(found(int8, "m.weight").codes_are == code_format::int8);
  CHECK(found(int8, "m.weight").scales_are == scale_format::bf16);
  const opened awq{awq_config, awq_tensors};
  CHECK(found(awq, "m.weight").group_cols == 16);
  CHECK(awq.files->find("m.weight").tensor->shape == shape{24, 32});
  CHECK(awq.files->has("m.weight"));
  const opened gptq{gptq_config, gptq_tensors()};
  CHECK(found(gptq, "m.weight").zero_offset == 1);
  CHECK(gptq.files->find("m.weight").tensor->shape == shape{24, 32});
  const opened mxfp4{mxfp4_config, mxfp4_tensors};
  CHECK(found(mxfp4, "m.experts.up").rows == 24);
  CHECK(found(mxfp4, "m.experts.up").cols == 64);
  CHECK(mxfp4.files->find("m.experts.up").tensor->shape == shape{3, 8, 64});
  CHECK(mxfp4.files->find("m.experts.up").tensor->type == "MXFP4");
}

TEST_CASE("a scale for all, in any of its shapes, or one a row is told by the scales") {
  for (const std::vector<std::uint64_t>& shape : {std::vector<std::uint64_t>{}, {1}, {1, 1}}) {
    for (const auto* name : {"m.weight_scale", "m.weight_scale_inv"}) {
      const opened one{fp8_row_config,
                       {{"m.weight", ones("F8_E4M3", {40, 32})}, {name, ones("F32", shape)}}};
      CHECK(found(one, "m.weight").group_rows == 40);
      CHECK(found(one, "m.weight").group_cols == 32);
    }
  }
  for (const std::vector<std::uint64_t>& shape : {std::vector<std::uint64_t>{40}, {40, 1}}) {
    const opened rows{
        fp8_row_config,
        {{"m.weight", ones("F8_E4M3", {40, 32})}, {"m.weight_scale", ones("BF16", shape)}}};
    CHECK(found(rows, "m.weight").group_rows == 1);
  }
}

TEST_CASE("what is stored plain beside codes is read plain") {
  auto tensors = fp8_tensors;
  tensors["lm_head.weight"] = ones("BF16", {8, 32});
  tensors["m.norm.weight"] = ones("F32", {32});
  const opened got{fp8_config, tensors};
  REQUIRE(got.files.has_value());
  for (const auto* name : {"lm_head.weight", "m.norm.weight"}) {
    CHECK(got.files->find(name).tensor->quantized == nullptr);
    CHECK_FALSE(got.files->find(name).tensor->data.empty());
  }
}

TEST_CASE("codes of a module that the config lists as not converted are refused") {
  auto tensors = fp8_tensors;
  tensors["lm_head.weight"] = ones("F8_E4M3", {16, 16});
  tensors["lm_head.weight_scale_inv"] = ones("F32", {1, 1});
  const auto why = refusal(fp8_config, tensors);
  CHECK(why.field == "lm_head.weight");
  CHECK(why.text.find("not converted") != std::string::npos);
}

TEST_CASE("scales of fp8 and int8 that are missing or of another type or shape are refused") {
  const std::string name = "m.weight_scale_inv";
  check_refused(fp8_config, fp8_tensors, name, std::nullopt);
  check_refused(fp8_config, fp8_tensors, name, ones("I8", {3, 2}));
  for (const std::vector<std::uint64_t>& shape :
       {std::vector<std::uint64_t>{2, 2}, {3, 3}, {2, 3}, {6}, {1}, {}, {3, 2, 1}}) {
    check_refused(fp8_config, fp8_tensors, name, ones("F32", shape));
  }
  check_refused(int8_config, int8_tensors, "m.weight_scale", std::nullopt);
  check_refused(int8_config, int8_tensors, "m.weight_scale", ones("U8", {40, 1}));
  check_refused(int8_config, int8_tensors, "m.weight_scale", ones("BF16", {1}));
  check_refused(int8_config, int8_tensors, "m.weight_scale", ones("BF16", {32, 1}));
  check_refused(int8_config, int8_tensors, "m.weight", ones("I8", {1280}));
  check_refused(int8_config, int8_tensors, "m.weight", ones("I8", {0, 32}));
  check_refused(fp8_row_config, {{"m.weight", ones("F8_E4M3", {40, 32})}}, "m.weight_scale",
                std::nullopt);
}

TEST_CASE("groups that do not divide a row are refused") {
  tensor_sources tensors{{"m.weight", ones("I8", {4, 40})},
                         {"m.weight_scale", ones("F32", {4, 3})}};
  CHECK(refusal(int8_group_config, tensors).field == "m.weight");
  tensors["m.weight"] = ones("I8", {4, 48});
  CHECK(found({int8_group_config, tensors}, "m.weight").group_cols == 16);

  auto awq = awq_tensors;
  awq["m.qweight"] = ones("I32", {40, 3});
  CHECK(refusal(awq_config, awq).text.find("groups of 16") != std::string::npos);
  auto gptq = gptq_tensors();
  gptq["m.qweight"] = ones("I32", {5, 24});
  CHECK(refusal(gptq_config, gptq).field == "m.qweight");
  gptq = gptq_tensors();
  gptq["m.qweight"] = ones("I32", {4, 20});
  CHECK(refusal(gptq_config, gptq).field == "m.qweight");
}

TEST_CASE("parts of AWQ and GPTQ that are missing or of another type or shape are refused") {
  for (const bool is_awq : {true, false}) {
    const auto& config = is_awq ? awq_config : gptq_config;
    const auto tensors = is_awq ? awq_tensors : gptq_tensors();
    check_refused(config, tensors, "m.qzeros", std::nullopt);
    check_refused(config, tensors, "m.qzeros", ones("F16", {2, 3}));
    check_refused(config, tensors, "m.qzeros", ones("I32", {1, 3}));
    check_refused(config, tensors, "m.qzeros", ones("I32", {2, 24}));
    check_refused(config, tensors, "m.scales", std::nullopt);
    check_refused(config, tensors, "m.scales", ones("I32", {2, 24}));
    check_refused(config, tensors, "m.scales", ones("F16", {2, 3}));
    check_refused(config, tensors, "m.scales", ones("F16", {24, 2}));
    check_refused(config, tensors, "m.qweight", ones("F16", {32, 3}));
    check_refused(config, tensors, "m.qweight", ones("I32", {96}));
    check_refused(config, tensors, "m.qweight", ones("I32", {0, 3}));
  }
}

TEST_CASE("an order of groups is needed where it is shuffled, and stays within the groups") {
  check_refused(gptq_config, gptq_tensors(), "m.g_idx", std::nullopt);
  check_refused(gptq_config, gptq_tensors(), "m.g_idx", ones("I32", {31}));
  check_refused(gptq_config, gptq_tensors(), "m.g_idx", ones("F32", {32}));
  for (const std::int32_t group : {2, 3, 1 << 30, -1}) {
    auto tensors = gptq_tensors();
    std::memcpy(tensors["m.g_idx"].data.data() + 31 * sizeof group, &group, sizeof group);
    const auto why = refusal(gptq_config, tensors);
    CHECK(why.field == "m.g_idx");
    CHECK(why.text.find("column 31 into group " + std::to_string(group) + " of 2")
          != std::string::npos);
  }
  auto in_order = gptq_config;
  in_order.replace(in_order.find("true"), 4, "false");
  auto tensors = gptq_tensors();
  tensors.erase("m.g_idx");
  CHECK(found({in_order, tensors}, "m.weight").group_of.empty());
}

TEST_CASE("blocks and scales of mxfp4 that do not fit each other are refused") {
  const std::string blocks = "m.experts.up_blocks";
  const std::string scales = "m.experts.up_scales";
  check_refused(mxfp4_config, mxfp4_tensors, scales, std::nullopt);
  check_refused(mxfp4_config, mxfp4_tensors, scales, ones("F32", {3, 8, 2}));
  check_refused(mxfp4_config, mxfp4_tensors, scales, ones("U8", {3, 8, 1}));
  check_refused(mxfp4_config, mxfp4_tensors, scales, ones("U8", {8, 3, 2}));
  check_refused(mxfp4_config, mxfp4_tensors, blocks, ones("U8", {3, 8, 2, 8}));
  check_refused(mxfp4_config, mxfp4_tensors, blocks, ones("U8", {3, 8, 16}));
  check_refused(mxfp4_config, mxfp4_tensors, blocks, ones("I8", {3, 8, 2, 16}));
  check_refused(mxfp4_config, mxfp4_tensors, blocks, ones("U8", {3, 8, 2, 0}));
}

TEST_CASE("what no file of weights is needed for is refused before one is opened") {
  const test::temporary_directory directory;
  test::write_file(directory.path("config.json"),
                   R"({"quantization_config":{"quant_method":"hqq"}})");
  const auto files = checkpoint::open(directory.path());
  REQUIRE_FALSE(files.has_value());
  CHECK(files.err().field == "quantization_config.quant_method");
}
