// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "runtime/base/result.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace troupe::engine {

/// How the rows of a GGUF tensor lie, compared with Hugging Face's.
enum class gguf_row_order : std::uint8_t {
  same,
  query_pairs, ///< Each query head's rotated halves are interleaved: see source_row.
  key_pairs    ///< The same for key heads.
};

/// Where a GGUF tensor belongs in a Hugging Face model.
struct hf_place {
  std::string name; ///< Empty: the weights need it not, its meaning is in the config.
  gguf_row_order rows = gguf_row_order::same;
};

/// The general.architecture values whose names, shapes and row orders are known for certain: llama
/// (Llama and Mistral), qwen2 and qwen3. Anything else is refused by its name.
/// Errors: model_invalid, general.architecture in `field`. `path` is for messages.
[[nodiscard]] result<void> check_gguf_architecture(std::string_view architecture,
                                                   const std::string& path);

/// "blk.3.attn_q.weight" is "model.layers.3.self_attn.q_proj.weight". Llama's q and k come with
/// their rows in pairs, those of the others as in Hugging Face.
/// Errors: model_invalid with the tensor in `field`: a name that is not known, as an expert's.
/// Source: the conversion's name tables in PyPI's gguf.
/// Checked: against these tables in test/unit/model/gguf_names_test.cpp
[[nodiscard]] result<hf_place> place_in_hf(std::string_view architecture, std::string_view tensor,
                                           const std::string& path);

/// The GGUF row that holds row `row` of a Hugging Face q or k. GGUF has a head's rows as
/// [head_dim / 2, 2], Hugging Face as [2, head_dim / 2].
/// Requires: head_dim even.
[[nodiscard]] constexpr std::uint64_t source_row(std::uint64_t row, std::uint64_t head_dim) {
  const auto half = head_dim / 2;
  const auto within = row % head_dim;
  return row - within + within % half * 2 + within / half;
}

} // namespace troupe::engine
