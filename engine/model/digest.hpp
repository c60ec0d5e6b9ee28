// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/kv_groups.hpp"
#include "engine/core/ops/kv_layout.hpp"
#include "engine/core/ops/pair_matmul.hpp"
#include "engine/model/checkpoint.hpp"
#include "messages/vocab/ids.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace troupe::engine {

/// The hash of all that decides a model's answers: config.json, generation_config.json,
/// tokenizer.json, tokenizer_config.json, chat_template.jinja and the weight files, each with its
/// name; absent files count as absent. A GGUF file is all of these in one. `of_parts` are the
/// hashes of the weight files in the order of files.parts(); where there are none they are
/// computed. Cost: reads every byte it has no hash of once, about 10 GB/s from memory. Requires:
/// none or all of them (checked).
[[nodiscard]] result<model_digest> digest_model(const std::string& directory,
                                                const checkpoint& files,
                                                std::span<const hash128> of_parts = {});

/// How weights that decide about the bits are multiplied; part of every content_id.
enum class block_arithmetic : std::uint8_t { none, kept, to_q8_0, to_q4_0 };
struct arithmetic {
  block_arithmetic blocks = block_arithmetic::none;
  bool has_pairs = false; ///< Some are bf16, whose activations are rounded; the rest is exact.
  ops::pair_order order = ops::pair_order::chain; ///< Of those.
  bool is_on_device = false; ///< Activations, keys and values are bf16 there, and what is no code.
  bool keeps_fp8 = false;    ///< There, of keys and values.
};

/// What makes block names comparable: digest, arithmetic, KV dtype (fp32), block size and naming
/// version. LoRA is not supported yet and counts as none.
[[nodiscard]] content_id content_of(model_digest digest, arithmetic how = {});

/// How a block's bytes lie: the layout of a page, its element type, and which pages there are.
[[nodiscard]] layout_id layout_of(const ops::kv_layout& page, const kv_groups& groups = {});

} // namespace troupe::engine
