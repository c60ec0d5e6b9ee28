// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/quantized_config.hpp"

#include "messages/vocab/error_codes.hpp"
#include "runtime/json/read.hpp"

#include <doctest/doctest.h>

#include <array>
#include <string>
#include <utility>

using namespace troupe;
using namespace troupe::engine;

namespace {

json::value config_with(std::string_view quantization) {
  json::value config;
  config.set("hidden_size", 64);
  config.set("quantization_config", *json::parse(quantization));
  return config;
}

quantization read(std::string_view text) {
  const auto got = read_quantization(config_with(text), "m/config.json");
  REQUIRE_MESSAGE(got.has_value(), (got ? "" : got.err().text));
  REQUIRE((*got).has_value());
  return **got;
}

error refusal(std::string_view text) {
  const auto got = read_quantization(config_with(text), "m/config.json");
  REQUIRE_FALSE(got.has_value());
  CHECK(got.err().code == errors::model_invalid);
  CHECK(got.err().text.find("m/config.json: quantization_config") == 0);
  CHECK(got.err().text.find("use a checkpoint in bf16") != std::string::npos);
  return got.err();
}

bool has(const error& why, std::string_view part) {
  return why.text.find(part) != std::string::npos;
}

/// A compressed-tensors config with these weights.
std::string compressed(const std::string& weights, const std::string& format = "float-quantized") {
  return R"({"quant_method":"compressed-tensors","format":")" + format
         + R"(","config_groups":{"group_0":{"targets":["Linear"],"weights":{)" + weights + "}}}}";
}

} // namespace

TEST_CASE("a config without quantization_config says so") {
  for (const auto* text : {"{}", R"({"quantization_config":null})", R"({"text_config":{}})"}) {
    const auto got = read_quantization(*json::parse(text), "config.json");
    REQUIRE(got.has_value());
    CHECK_FALSE((*got).has_value());
  }
}

TEST_CASE("fp8 is read with blocks, or with scales for the matrix or its rows") {
  const auto blocks = read(R"({"quant_method":"fp8","fmt":"e4m3","activation_scheme":"dynamic",
    "weight_block_size":[128,64],"modules_to_not_convert":["lm_head"]})");
  CHECK(blocks.codes == code_format::fp8_e4m3);
  CHECK(blocks.grain == scale_grain::block);
  CHECK(blocks.block_rows == 128);
  CHECK(blocks.block_cols == 64);
  CHECK(blocks.is_plain("lm_head"));
  CHECK(read(R"({"quant_method":"fp8"})").grain == scale_grain::matrix_or_row);
  CHECK(read(R"({"quant_method":"fp8","weight_block_size":null})").grain
        == scale_grain::matrix_or_row);

  CHECK(has(refusal(R"({"quant_method":"fp8","fmt":"e5m2"})"), "e5m2"));
  for (const auto* size : {"[128]", "[]", "[0,128]", "[128,-1]", "[128,128,1]", "[1.5,2]", "7"}) {
    CHECK(refusal(R"({"quant_method":"fp8","weight_block_size":)" + std::string{size} + "}").field
          == "quantization_config.weight_block_size");
  }
}

TEST_CASE("compressed-tensors is read in 8 bits, and in mxfp4") {
  const auto int8 =
      read(compressed(R"("num_bits":8,"type":"int","strategy":"channel")", "int-quantized"));
  CHECK(int8.codes == code_format::int8);
  CHECK(int8.grain == scale_grain::row);
  CHECK(int8.is_compressed_tensors);
  const auto tensor = read(compressed(R"("num_bits":8,"type":"float","strategy":"tensor")"));
  CHECK(tensor.codes == code_format::fp8_e4m3);
  CHECK(tensor.grain == scale_grain::matrix);
  const auto block = read(
      compressed(R"("num_bits":8,"type":"float","strategy":"block","block_structure":[128,128])"));
  CHECK(block.grain == scale_grain::block);
  CHECK(block.block_rows == 128);
  const auto mxfp4 = read(compressed(
      R"("num_bits":4,"type":"float","strategy":"group","group_size":32)", "mxfp4-pack-quantized"));
  CHECK(mxfp4.codes == code_format::mxfp4);
  CHECK(mxfp4.block_cols == 32);
}

TEST_CASE("what compressed-tensors can say and is not read is refused by its name") {
  const std::string weights = R"("num_bits":8,"type":"float","strategy":"channel")";
  for (const auto* format : {"pack-quantized", "nvfp4-pack-quantized", "marlin-24", "dense"}) {
    CHECK(has(refusal(compressed(weights, format)), format));
  }
  CHECK(has(refusal(compressed(R"("num_bits":4,"type":"int","strategy":"channel")")), "4 bits"));
  CHECK(refusal(compressed(weights + R"(,"symmetric":false)")).field
        == "quantization_config.config_groups.group_0.weights.symmetric");
  CHECK(has(refusal(compressed(R"("num_bits":8,"type":"float","strategy":"token")")), "token"));
  CHECK(has(refusal(compressed(R"("num_bits":4,"type":"float","strategy":"group","group_size":16)",
                               "mxfp4-pack-quantized")),
            "must be 32"));
  CHECK(refusal(R"({"quant_method":"compressed-tensors","format":"int-quantized",
    "config_groups":{}})")
            .field
        == "quantization_config.config_groups");
  CHECK(has(refusal(R"({"quant_method":"compressed-tensors","format":"float-quantized",
    "sparsity_config":{"format":"sparse-24-bitmask"}})"),
            "sparse-24-bitmask"));
  CHECK(has(refusal(R"({"quant_method":"compressed-tensors","format":"float-quantized",
    "transform_config":{"R1":{}}})"),
            "transform"));
  CHECK(has(refusal(R"({"quant_method":"compressed-tensors","format":"float-quantized",
    "quantization_status":"frozen"})"),
            "frozen"));
  CHECK(has(refusal(R"({"quant_method":"compressed-tensors","format":"float-quantized",
    "config_groups":{"a":{"weights":{"num_bits":8,"type":"float","strategy":"channel"}},
      "b":{"weights":{"num_bits":8,"type":"float","strategy":"tensor"}}}})"),
            "differs"));
}

TEST_CASE("AWQ is read in 4 bits as gemm, in its older names too") {
  const auto awq = read(R"({"quant_method":"awq","bits":4,"group_size":64,"version":"GEMM",
    "zero_point":true,"modules_to_not_convert":["visual"]})");
  CHECK(awq.codes == code_format::awq_int4);
  CHECK(awq.block_cols == 64);
  CHECK(read(R"({"quant_method":"awq","w_bit":4,"q_group_size":-1})").block_cols == 0);

  CHECK(has(refusal(R"({"quant_method":"awq","bits":8})"), "bits: 8"));
  CHECK(has(refusal(R"({"quant_method":"awq","version":"gemv"})"), "gemv"));
  CHECK(has(refusal(R"({"quant_method":"awq","zero_point":false})"), "zero_point"));
  CHECK(refusal(R"({"quant_method":"awq","group_size":0})").field
        == "quantization_config.group_size");
}

TEST_CASE("GPTQ is read in 4 bits, in both of its formats") {
  const auto first = read(R"({"quant_method":"gptq","bits":4,"group_size":128,"desc_act":true})");
  CHECK(first.codes == code_format::gptq_int4);
  CHECK(first.zero_offset == 1);
  CHECK(first.has_shuffled_groups);
  CHECK(read(R"({"quant_method":"gptq","checkpoint_format":"gptq"})").zero_offset == 1);
  CHECK(read(R"({"quant_method":"gptq","checkpoint_format":"gptq_v2"})").zero_offset == 0);

  CHECK(has(refusal(R"({"quant_method":"gptq","checkpoint_format":"marlin"})"), "marlin"));
  CHECK(has(refusal(R"({"quant_method":"gptq","bits":3})"), "bits: 3"));
  CHECK(has(refusal(R"({"quant_method":"gptq","dynamic":{"+:.*":{"bits":8}}})"), "dynamic"));
}

TEST_CASE("every other way of quantizing is refused by its name") {
  for (const auto* method : {"hqq", "aqlm", "quanto", "torchao", "fbgemm_fp8", "auto-round", "vptq",
                             "modelopt", "eetq", "spqr"}) {
    const auto why = refusal(R"({"quant_method":")" + std::string{method} + "\"}");
    CHECK(why.field == "quantization_config.quant_method");
    CHECK(has(why, method));
  }
  CHECK(has(refusal(R"({"quant_method":"bitsandbytes","load_in_4bit":true,
    "bnb_4bit_quant_type":"nf4"})"),
            "bitsandbytes\" nf4"));
  CHECK(has(refusal(R"({"quant_method":"bitsandbytes","load_in_8bit":true})"),
            "bitsandbytes\" int8"));
  CHECK(has(refusal(R"({"load_in_8bit":true})"), "bitsandbytes\" int8"));
  CHECK(has(refusal("{}"), "unnamed"));
  CHECK(refusal(R"({"quant_method":7})").field == "quantization_config.quant_method");
  CHECK(refusal("[]").field == "quantization_config");
}

TEST_CASE("the quantization of a wrapped text model is read, where it is the whole's or its own") {
  const auto own =
      *json::parse(R"({"text_config":{"quantization_config":{"quant_method":"mxfp4"}}})");
  CHECK((**read_quantization(own, "")).codes == code_format::mxfp4);
}

TEST_CASE("a module is plain by its name, or by whole parts at its start or end") {
  const auto how = read(R"({"quant_method":"mxfp4",
    "modules_to_not_convert":["lm_head","model.layers.1","self_attn","re:.*gate"]})");
  CHECK(how.is_plain("lm_head"));
  CHECK(how.is_plain("model.lm_head"));
  CHECK(how.is_plain("model.layers.1.mlp.up_proj"));
  CHECK(how.is_plain("model.layers.2.self_attn"));
  CHECK_FALSE(how.is_plain("model.layers.10.mlp.up_proj"));
  CHECK_FALSE(how.is_plain("model.layers.2.cross_self_attn"));
  CHECK_FALSE(how.is_plain("model.layers.2.mlp.gate"));
  CHECK(refusal(R"({"quant_method":"mxfp4","modules_to_not_convert":[7]})").field
        == "quantization_config.modules_to_not_convert");
}
