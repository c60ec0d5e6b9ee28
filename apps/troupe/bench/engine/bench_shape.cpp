// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/bench/engine/bench_shape.hpp"

#include "engine/model/gguf_value.hpp"
#include "runtime/base/rng.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <vector>

namespace troupe::bench {
namespace {

using engine::gguf_type;
using engine::gguf_value_type;

constexpr std::array shapes{
    bench_shape{"llama-1b", 16, 2048, 32, 8, 8192, 32'768, 8192},
    bench_shape{"llama-8b", 32, 4096, 32, 8, 14'336, 128'256, 8192},
    bench_shape{"tiny", 2, 256, 4, 2, 512, 512, 2048},
};

constexpr std::uint64_t alignment = 32;

template <class Number>
std::string raw(Number number) {
  std::string out(sizeof number, '\0');
  std::memcpy(out.data(), &number, sizeof number);
  return out;
}

std::string raw_text(std::string_view text) {
  return raw(std::uint64_t{text.size()}) + std::string{text};
}

/// A tensor of one or two dimensions, rows first.
struct tensor {
  std::string name;
  std::uint64_t rows;
  std::uint64_t cols;
  gguf_type type;

  [[nodiscard]] std::uint64_t row_bytes() const {
    const auto& layout = engine::layout_of(type);
    return cols / layout.block_elements * layout.block_bytes;
  }
  [[nodiscard]] std::uint64_t padded_bytes() const {
    return (rows * row_bytes() + alignment - 1) / alignment * alignment;
  }
};

std::vector<tensor> tensors_of(const bench_shape& shape, gguf_type type) {
  const std::uint64_t head_dim = shape.hidden / shape.heads;
  const std::uint64_t kv = shape.kv_heads * head_dim;
  std::vector<tensor> all{{"token_embd.weight", shape.vocab, shape.hidden, type},
                          {"output_norm.weight", 1, shape.hidden, gguf_type::f32}};
  for (std::uint32_t i = 0; i < shape.layers; ++i) {
    const auto at = "blk." + std::to_string(i) + ".";
    const std::array<tensor, 9> layer{{
        {at + "attn_norm.weight", 1, shape.hidden, gguf_type::f32},
        {at + "attn_q.weight", shape.hidden, shape.hidden, type},
        {at + "attn_k.weight", kv, shape.hidden, type},
        {at + "attn_v.weight", kv, shape.hidden, type},
        {at + "attn_output.weight", shape.hidden, shape.hidden, type},
        {at + "ffn_norm.weight", 1, shape.hidden, gguf_type::f32},
        {at + "ffn_gate.weight", shape.feed_forward, shape.hidden, type},
        {at + "ffn_up.weight", shape.feed_forward, shape.hidden, type},
        {at + "ffn_down.weight", shape.hidden, shape.feed_forward, type},
    }};
    all.insert(all.end(), layer.begin(), layer.end());
  }
  return all;
}

std::string header_of(const bench_shape& shape, const std::vector<tensor>& tensors) {
  std::string keys;
  std::uint64_t count = 0;
  const auto add = [&](std::string_view key, gguf_value_type type, const std::string& value) {
    keys += raw_text(key) + raw(type) + value;
    ++count;
  };
  const auto u32 = [&](std::string_view key, std::uint32_t value) {
    add(key, gguf_value_type::u32, raw(value));
  };
  add("general.architecture", gguf_value_type::text, raw_text("llama"));
  u32("llama.block_count", shape.layers);
  u32("llama.context_length", shape.context_tokens_max);
  u32("llama.embedding_length", shape.hidden);
  u32("llama.feed_forward_length", shape.feed_forward);
  u32("llama.attention.head_count", shape.heads);
  u32("llama.attention.head_count_kv", shape.kv_heads);
  u32("llama.rope.dimension_count", shape.hidden / shape.heads);
  u32("llama.vocab_size", shape.vocab);
  add("llama.attention.layer_norm_rms_epsilon", gguf_value_type::f32, raw(1e-5F));
  add("tokenizer.ggml.model", gguf_value_type::text, raw_text("none"));
  std::string infos;
  std::uint64_t offset = 0;
  for (const auto& one : tensors) {
    const bool is_vector = one.rows == 1;
    infos += raw_text(one.name) + raw(std::uint32_t{is_vector ? 1U : 2U}) + raw(one.cols)
             + (is_vector ? std::string{} : raw(one.rows)) + raw(one.type) + raw(offset);
    offset += one.padded_bytes();
  }
  auto out = "GGUF" + raw(std::uint32_t{3}) + raw(std::uint64_t{tensors.size()}) + raw(count) + keys
             + infos;
  out.resize((out.size() + alignment - 1) / alignment * alignment);
  return out;
}

/// Not above the value. Requires: at least 0, below 65504.
std::uint16_t half_of(float value) {
  constexpr float least_normal = 0x1p-14F;
  if (value < least_normal) {
    return static_cast<std::uint16_t>(value * 0x1p24F);
  }
  const auto bits = std::bit_cast<std::uint32_t>(value);
  return static_cast<std::uint16_t>(((bits >> 23U) - 112U) << 10U | (bits >> 13U & 0x3ffU));
}

/// The deviation of random integers times their parts, by which a scale is that of the numbers.
float deviation_of(gguf_type type) {
  switch (type) {
    case gguf_type::q8_0:
      return 74;
    case gguf_type::q4_k:
      return 258; // With minima that put the mean at zero.
    case gguf_type::q6_k:
      return 1366;
    default:
      return 4.6F;
  }
}

/// Of blocks whose other bytes are random.
void fill_scales(std::string& rows, gguf_type type, float deviation) {
  constexpr float mean_of_q4_k = 7.5F;
  const auto scale = half_of(deviation / deviation_of(type));
  const auto minima = half_of(mean_of_q4_k * deviation / deviation_of(type));
  const std::size_t size = engine::layout_of(type).block_bytes;
  for (std::size_t at = 0; at < rows.size(); at += size) {
    std::memcpy(rows.data() + at + (type == gguf_type::q6_k ? size - sizeof scale : 0), &scale,
                sizeof scale);
    if (type == gguf_type::q4_k) {
      std::memcpy(rows.data() + at + sizeof scale, &minima, sizeof minima);
    }
  }
}

/// Rows that give activations of about one: weights of deviation 1 / sqrt(cols).
void fill(std::string& rows, const tensor& of, rng& random) {
  if (of.type == gguf_type::f32) {
    const auto one = raw(1.0F);
    for (std::size_t at = 0; at < rows.size(); at += one.size()) {
      rows.replace(at, one.size(), one);
    }
    return;
  }
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= rows.size(); at += sizeof(std::uint64_t)) {
    const auto word = random();
    std::memcpy(rows.data() + at, &word, sizeof word);
  }
  const auto deviation = 1.0F / std::sqrt(static_cast<float>(of.cols));
  if (of.type == gguf_type::bf16) {
    // Sign and significand stay random below one exponent.
    const auto exponent = static_cast<std::uint16_t>(127 + std::ilogb(deviation));
    for (std::size_t at = 0; at < rows.size(); at += 2) {
      std::uint16_t bits = 0;
      std::memcpy(&bits, rows.data() + at, sizeof bits);
      bits = static_cast<std::uint16_t>((bits & 0x807fU) | exponent << 7U);
      std::memcpy(rows.data() + at, &bits, sizeof bits);
    }
    return;
  }
  fill_scales(rows, of.type, deviation);
}

} // namespace

const bench_shape* find_shape(std::string_view name) {
  for (const auto& one : shapes) {
    if (one.name == name) {
      return &one;
    }
  }
  return nullptr;
}

std::string shape_names() {
  std::string out;
  for (const auto& one : shapes) {
    out += (out.empty() ? "" : ", ") + std::string{one.name};
  }
  return out;
}

std::string lower_name_of(gguf_type type) {
  std::string name{engine::layout_of(type).name};
  for (auto& c : name) {
    c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return name;
}

result<std::string> write_shape(const bench_shape& shape, gguf_type type,
                                const std::string& directory) {
  const auto path = directory + "/" + std::string{shape.name} + "-" + lower_name_of(type) + ".gguf";
  const auto tensors = tensors_of(shape, type);
  const auto header = header_of(shape, tensors);
  auto size_bytes = header.size();
  for (const auto& one : tensors) {
    size_bytes += one.padded_bytes();
  }
  std::error_code failed;
  if (std::filesystem::file_size(path, failed) == size_bytes && !failed) {
    return path;
  }
  std::filesystem::create_directories(directory, failed);
  const auto part = path + ".part";
  std::ofstream out{part, std::ios::binary | std::ios::trunc};
  out << header;
  rng random{1};
  for (const auto& one : tensors) {
    const auto rows_at_once =
        std::max<std::uint64_t>(1, (std::uint64_t{1} << 20U) / one.row_bytes());
    for (std::uint64_t row = 0; row < one.rows && out; row += rows_at_once) {
      std::string rows(std::min(rows_at_once, one.rows - row) * one.row_bytes(), '\0');
      fill(rows, one, random);
      out << rows;
    }
    out << std::string(one.padded_bytes() - one.rows * one.row_bytes(), '\0');
  }
  out.close();
  if (out) {
    std::filesystem::rename(part, path, failed);
  }
  if (!out || failed) {
    return error{.code = errc::io_failed,
                 .text = path + ": cannot be written (" + std::to_string(size_bytes >> 20U)
                         + " MiB); use --bench-dir with more room",
                 .field = "bench.dir"};
  }
  return path;
}

} // namespace troupe::bench
