// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/core/ops/kv_layout.hpp"
#include "engine/model/checkpoint.hpp"
#include "messages/vocab/ids.hpp"

#include <string>

namespace troupe::engine {

/// The hash of all that decides a model's answers: config.json, generation_config.json,
/// tokenizer.json, tokenizer_config.json, chat_template.jinja and the weight files, each with its
/// name; absent files count as absent. A GGUF file is all of these in one. Cost: reads every byte
/// once, about 10 GB/s from memory.
[[nodiscard]] result<model_digest> digest_model(const std::string& directory,
                                                const checkpoint& files);

/// What makes block names comparable: digest, KV dtype (fp32), block size and naming version. LoRA
/// is not supported yet and counts as none.
[[nodiscard]] content_id content_of(model_digest digest);

/// How a block's bytes lie: kv_layout and its element type.
[[nodiscard]] layout_id layout_of(const ops::kv_layout& layout);

} // namespace troupe::engine
