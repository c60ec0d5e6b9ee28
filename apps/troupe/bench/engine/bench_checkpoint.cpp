// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_checkpoint.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/json/value.hpp"
#include "runtime/json/write.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <vector>

namespace troupe::bench {
namespace {

constexpr std::uint64_t group = 128;
constexpr std::uint64_t codes_of_word = 8;

/// A tensor and what its elements, of two or four bytes or one, are made of.
struct tensor {
  std::string name;
  std::string_view type;
  std::uint64_t rows = 1;
  std::uint64_t cols = 1;
  std::uint64_t element_bytes = 1;
  std::function<std::uint32_t(std::uint32_t random)> element;
  bool is_vector = false;

  [[nodiscard]] std::uint64_t bytes() const { return rows * cols * element_bytes; }
};

tensor bf16_matrix(std::string name, std::uint64_t rows, std::uint64_t cols) {
  // Sign and significand are random below one exponent, that of numbers of 1 / sqrt(cols).
  const auto exponent =
      static_cast<std::uint32_t>(127 + std::ilogb(1.0 / std::sqrt(static_cast<double>(cols))));
  return {std::move(name), "BF16", rows, cols, 2, [exponent](std::uint32_t random) {
            return (random & 0x807fU) | exponent << 7U;
          }};
}

tensor ones(std::string name, std::uint64_t count) {
  return {std::move(name), "BF16", 1, count, 2, [](std::uint32_t) {
            return 0x3f80U; }, true};
}

tensor constant_f32(std::string name, std::uint64_t rows, std::uint64_t cols, float value) {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return {std::move(name), "F32", rows, cols, 4, [bits](std::uint32_t) {
            return bits;
          }};
}

/// Codes of one exponent, whose numbers deviate by 1.47, and the scale that makes it 1 /
/// sqrt(cols).
void add_fp8(std::vector<tensor>& all, const std::string& module, std::uint64_t rows,
             std::uint64_t cols) {
  constexpr float deviation = 1.47F;
  all.push_back({module + ".weight", "F8_E4M3", rows, cols, 1, [](std::uint32_t random) {
                   return (random & 0x87U) | 0x38U;
                 }});
  all.push_back(constant_f32(module + ".weight_scale_inv", (rows + group - 1) / group,
                             (cols + group - 1) / group,
                             1 / (deviation * std::sqrt(static_cast<float>(cols)))));
}

/// Random codes about a zero of 8, which deviate by 4.6; scales are bf16 as published ones may be.
void add_awq(std::vector<tensor>& all, const std::string& module, std::uint64_t rows,
             std::uint64_t cols) {
  constexpr float deviation = 4.6F;
  const auto scale =
      std::bit_cast<std::uint32_t>(1 / (deviation * std::sqrt(static_cast<float>(cols)))) >> 16U;
  all.push_back(
      {module + ".qweight", "I32", cols, rows / codes_of_word, 4, [](std::uint32_t random) {
         return random;
       }});
  all.push_back(
      {module + ".qzeros", "I32", cols / group, rows / codes_of_word, 4, [](std::uint32_t) {
         return 0x88888888U;
       }});
  all.push_back({module + ".scales", "BF16", cols / group, rows, 2, [scale](std::uint32_t) {
                   return scale;
                 }});
}

std::vector<tensor> tensors_of(const bench_shape& shape, checkpoint_codes codes) {
  const std::uint64_t kv = std::uint64_t{shape.kv_heads} * (shape.hidden / shape.heads);
  std::vector<tensor> all{bf16_matrix("model.embed_tokens.weight", shape.vocab, shape.hidden),
                          ones("model.norm.weight", shape.hidden)};
  const auto matrix = [&](const std::string& module, std::uint64_t rows, std::uint64_t cols) {
    (codes == checkpoint_codes::fp8 ? add_fp8 : add_awq)(all, module, rows, cols);
  };
  for (std::uint32_t i = 0; i < shape.layers; ++i) {
    const auto layer = "model.layers." + std::to_string(i) + ".";
    all.push_back(ones(layer + "input_layernorm.weight", shape.hidden));
    all.push_back(ones(layer + "post_attention_layernorm.weight", shape.hidden));
    matrix(layer + "self_attn.q_proj", shape.hidden, shape.hidden);
    matrix(layer + "self_attn.k_proj", kv, shape.hidden);
    matrix(layer + "self_attn.v_proj", kv, shape.hidden);
    matrix(layer + "self_attn.o_proj", shape.hidden, shape.hidden);
    matrix(layer + "mlp.gate_proj", shape.feed_forward, shape.hidden);
    matrix(layer + "mlp.up_proj", shape.feed_forward, shape.hidden);
    matrix(layer + "mlp.down_proj", shape.hidden, shape.feed_forward);
  }
  return all;
}

std::string config_of(const bench_shape& shape, checkpoint_codes codes) {
  const auto quantization =
      codes == checkpoint_codes::fp8
          ? R"({"quant_method":"fp8","fmt":"e4m3","activation_scheme":"dynamic","weight_block_size":[128,128]})"
          : R"({"quant_method":"awq","bits":4,"group_size":128,"zero_point":true,"version":"gemm"})";
  return R"({"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":)"
         + std::to_string(shape.hidden) + ",\"num_hidden_layers\":" + std::to_string(shape.layers)
         + ",\"num_attention_heads\":" + std::to_string(shape.heads)
         + ",\"num_key_value_heads\":" + std::to_string(shape.kv_heads) + ",\"intermediate_size\":"
         + std::to_string(shape.feed_forward) + ",\"vocab_size\":" + std::to_string(shape.vocab)
         + ",\"max_position_embeddings\":" + std::to_string(shape.context_tokens_max)
         + R"(,"tie_word_embeddings":true,"rope_theta":10000.0,"rms_norm_eps":1e-05,)"
         + R"("hidden_act":"silu","eos_token_id":2,"quantization_config":)" + quantization + "}";
}

std::string header_of(const std::vector<tensor>& tensors) {
  std::vector<std::pair<std::string_view, json::value>> members;
  std::int64_t offset = 0;
  for (const auto& one : tensors) {
    const auto end = offset + static_cast<std::int64_t>(one.bytes());
    const auto number = [](std::uint64_t value) {
      return json::value{static_cast<std::int64_t>(value)};
    };
    const auto shape = one.is_vector ? json::value::array{number(one.cols)}
                                     : json::value::array{number(one.rows), number(one.cols)};
    members.emplace_back(
        one.name, json::object_of({{"dtype", std::string{one.type}},
                                   {"shape", shape},
                                   {"data_offsets",
                                    json::value::array{json::value{offset}, json::value{end}}}}));
    offset = end;
  }
  auto text = json::write(json::object_of(std::move(members)));
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = text.size();
  std::string out(sizeof size, '\0');
  std::memcpy(out.data(), &size, sizeof size);
  return out + text;
}

void write_data(std::ofstream& out, const tensor& of, rng& random) {
  constexpr std::uint64_t at_once = std::uint64_t{1} << 20U;
  const auto count = of.rows * of.cols;
  for (std::uint64_t first = 0; first < count && out; first += at_once) {
    std::string data(std::min(at_once, count - first) * of.element_bytes, '\0');
    for (std::size_t at = 0; at < data.size(); at += of.element_bytes) {
      const auto value = of.element(static_cast<std::uint32_t>(random()));
      std::memcpy(data.data() + at, &value, of.element_bytes);
    }
    out << data;
  }
}

error cannot_write(const std::string& path, std::uint64_t bytes) {
  return {.code = errc::io_failed,
          .text = path + ": cannot be written (" + std::to_string(bytes >> 20U)
                  + " MiB); use --bench-dir with more room",
          .field = "bench.dir"};
}

} // namespace

std::optional<checkpoint_codes> checkpoint_codes_of(std::string_view dtype) {
  if (dtype == "fp8") {
    return checkpoint_codes::fp8;
  }
  return dtype == "awq" ? std::optional{checkpoint_codes::awq} : std::nullopt;
}

result<std::string> write_checkpoint(const bench_shape& shape, checkpoint_codes codes,
                                     const std::string& directory) {
  const auto path = directory + "/" + std::string{shape.name}
                    + (codes == checkpoint_codes::fp8 ? "-fp8" : "-awq");
  const auto tensors = tensors_of(shape, codes);
  const auto header = header_of(tensors);
  std::uint64_t size = header.size();
  for (const auto& one : tensors) {
    size += one.bytes();
  }
  const auto main = path + "/model.safetensors";
  std::error_code failed;
  if (std::filesystem::file_size(main, failed) == size && !failed
      && std::filesystem::exists(path + "/config.json", failed)) {
    return path;
  }
  std::filesystem::create_directories(path, failed);
  std::ofstream config{path + "/config.json", std::ios::trunc};
  config << config_of(shape, codes);
  config.close();
  const auto part = main + ".part";
  std::ofstream out{part, std::ios::binary | std::ios::trunc};
  out << header;
  rng random{1};
  for (const auto& one : tensors) {
    write_data(out, one, random);
  }
  out.close();
  if (config && out) {
    std::filesystem::rename(part, main, failed);
  }
  if (!config || !out || failed) {
    return cannot_write(path, size);
  }
  return path;
}

} // namespace troupe::bench
