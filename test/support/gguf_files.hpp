// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf_blocks.hpp"
#include "engine/model/gguf_value.hpp"
#include "test/support/model_files.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

/// GGUF files written by tests: whole ones, and ones broken in one place.
namespace troupe::test {

/// The bytes of a number as a file has them.
template <class Number>
std::string raw(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}
/// Length and characters.
[[nodiscard]] std::string gguf_text(std::string_view text);

/// Keys and tensors in the order of the calls, tensors one after the other, padded.
class gguf_builder {
public:
  gguf_builder& value(std::string_view key, engine::gguf_value_type type, std::string_view bytes);
  gguf_builder& text(std::string_view key, std::string_view value);
  gguf_builder& u32(std::string_view key, std::uint32_t value);
  gguf_builder& f32(std::string_view key, float value);
  gguf_builder& texts(std::string_view key, const std::vector<std::string>& values);
  gguf_builder& i32s(std::string_view key, const std::vector<std::int32_t>& values);

  /// `shape` as in the file: the row's length first.
  gguf_builder& tensor(std::string_view name, const std::vector<std::uint64_t>& shape,
                       std::uint32_t type, bytes_view data);

  [[nodiscard]] std::string done() const;

  std::uint32_t version = 3;
  std::uint64_t alignment = 32;

private:
  std::uint64_t keys_ = 0;
  std::uint64_t tensors_ = 0;
  std::string values_;
  std::string infos_;
  std::string data_;
};

/// The metadata of a small llama, without a tokenizer.
[[nodiscard]] gguf_builder gguf_metadata(const small_llama& of);

/// The tensors of random_tensors under GGUF's names: rows of q and k in pairs; matrices as blocks
/// of `type`, vectors as F32, v of a type of its own. Requires: of.type is the name of `type`, or
/// F32 for blocks that can be written.
void add_gguf_tensors(gguf_builder& to, const small_llama& of, engine::gguf_type type,
                      engine::gguf_type of_values);
inline void add_gguf_tensors(gguf_builder& to, const small_llama& of, engine::gguf_type type) {
  add_gguf_tensors(to, of, type, type);
}

/// What F32 values become when their rows are written as blocks of `type` and read again.
[[nodiscard]] tensor_sources through_blocks(tensor_sources tensors, engine::gguf_type type);

} // namespace troupe::test
