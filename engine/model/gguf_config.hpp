// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf.hpp"
#include "runtime/json/value.hpp"

namespace troupe::engine {

/// The fields of config.json that a GGUF's metadata says, for read_config and read_generation:
/// architectures, sizes, heads, norm, rope, tied embeddings, vocab_size (rows of token_embd) and
/// eos_token_id (the ends of sequence, of turn and of message).
///
/// Llama 3's stretched rope comes as a tensor of factors, rope_freqs: it becomes rope_scaling
/// llama3 with the published parameters (low 1, high 4, original context 8192 or the file's) where
/// these give the same factors, and is refused where they do not.
///
/// Every key under the architecture's prefix must be one whose meaning is known here: what is
/// overlooked would give quietly wrong answers.
/// Errors: model_invalid with the key or tensor in `field`.
/// Checked: test/unit/model/gguf_config_test.cpp
[[nodiscard]] result<json::value> config_of_gguf(const gguf_file& file);

/// The fields of generation_config.json: temperature, top_p and top_k where the file has them.
[[nodiscard]] json::value generation_of_gguf(const gguf_file& file);

} // namespace troupe::engine
