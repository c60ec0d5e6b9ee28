// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/bytes.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Small model directories written by tests: a random Llama, whole or broken in one place.
namespace troupe::test {

/// A directory that goes away with its owner.
class temporary_directory {
public:
  temporary_directory();
  ~temporary_directory();
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  [[nodiscard]] std::string path() const { return path_.string(); }
  [[nodiscard]] std::string path(std::string_view name) const { return (path_ / name).string(); }

private:
  std::filesystem::path path_;
};

void write_file(const std::string& path, std::string_view content);

/// The bits of an f16; what it cannot hold is cut off. Requires: |value| < 65504.
[[nodiscard]] std::uint16_t to_f16(float value);

struct tensor_source {
  std::string type; ///< "F32", "BF16", "F16", ...
  std::vector<std::uint64_t> shape;
  bytes data;
};
using tensor_sources = std::map<std::string, tensor_source>;

/// The header and data of a correct safetensors file.
[[nodiscard]] std::string safetensors_text(const tensor_sources& tensors);

/// A header as it is, with its length before and `data` behind it.
[[nodiscard]] std::string safetensors_text(std::string_view header, std::string_view data);

/// Sizes of a random Llama: two layers of 4 heads over 2 kv heads, all small.
struct small_llama {
  std::string type = "BF16";
  bool is_tied = true;
  std::uint64_t seed = 1;
  std::uint64_t hidden = 48;
  std::uint64_t layers = 2;
  std::uint64_t heads = 4;
  std::uint64_t kv_heads = 2;
  std::uint64_t head_dim = 16;
  std::uint64_t feed_forward = 72;
  std::uint64_t vocab = 101;
};

[[nodiscard]] std::string config_text(const small_llama& of);

/// Scaled so that logits vary and greedy answers do not repeat one token.
[[nodiscard]] tensor_sources random_tensors(const small_llama& of);

/// config.json and model.safetensors.
void write_model(const std::string& directory, const small_llama& of);

} // namespace troupe::test
