// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/model/gguf.hpp"
#include "runtime/base/result.hpp"

#include <string>

namespace troupe::engine {

/// The files that a Hugging Face model has beside its weights, as a GGUF's metadata says them.
struct gguf_text_files {
  std::string tokenizer_json;
  std::string tokenizer_config_json; ///< With the chat templates.
};

/// Writes tokenizer.json and tokenizer_config.json of byte-level BPE (tokenizer.ggml.model gpt2)
/// whose way of cutting words (tokenizer.ggml.pre) is llama-bpe, qwen2, gpt-2 or smollm. Control
/// tokens become special added tokens, user-defined ones added tokens, unused ids stay empty.
/// Others, SentencePiece (llama) among them, are refused by their name.
/// Errors: model_invalid with the key in `field`. Cost: some 100 ns per token and merge.
/// Source: tokenizer.json of the models that these names stand for.
/// Checked: test/unit/model/gguf_tokenizer_test.cpp
[[nodiscard]] result<gguf_text_files> text_of_gguf(const gguf_file& file);

} // namespace troupe::engine
