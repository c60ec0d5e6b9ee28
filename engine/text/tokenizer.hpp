// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/output_rules.hpp"
#include "engine/text/tokenizer_config.hpp"
#include "messages/vocab/tokens.hpp"
#include "runtime/base/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace troupe::text {

struct tokenizer_parts;

struct encode_options {
  bool parse_special = true; ///< Special tokens in the text are tokens; else their text is encoded.
  bool add_special = false;  ///< What tokenizer.json's post_processor puts around a text, as BOS.
};

/// Text to tokens and back, as a model's tokenizer.json says: byte-level BPE, BPE over characters
/// with bytes as a fallback, Unigram.
/// Role: made once per model, shared by gateway and engines.
/// Thread: any, at once.
/// Checked: test/unit/text/tokenizer_test.cpp, tokenizer_golden_test.cpp and
/// tokenizer_parity_test.cpp (against the reference implementation), tokenizer_fuzz_test.cpp
class tokenizer {
public:
  /// From the texts of the two files; the second may be empty.
  /// Errors: model_invalid for what contradicts itself, unsupported for what only an external
  /// engine can serve; text and field name the field of the file.
  [[nodiscard]] static result<std::shared_ptr<const tokenizer>> parse(
      std::string_view tokenizer_json, std::string_view tokenizer_config_json = {});

  explicit tokenizer(tokenizer_parts parts);
  tokenizer(const tokenizer&) = delete;
  tokenizer& operator=(const tokenizer&) = delete;
  ~tokenizer();

  /// What is not valid UTF-8 is read as U+FFFD; a character that the vocabulary has nothing for, no
  /// unknown token either, is left out.
  /// Cost: scripts/bench_tokenizers.py measures it; 1 MiB of words remembered per thread.
  [[nodiscard]] token_list encode(std::string_view text, encode_options options = {}) const;

  /// Unknown ids have no text; bytes that are no UTF-8 become U+FFFD.
  [[nodiscard]] std::string decode(std::span<const token_id> tokens,
                                   bool skip_special = true) const;

  /// One more than the largest id.
  [[nodiscard]] std::uint32_t vocab_size() const;
  /// The token whose text this is; added tokens first.
  [[nodiscard]] std::optional<token_id> id_of(std::string_view text) const;
  /// What the token adds to the output; empty for an id without a token.
  [[nodiscard]] std::string_view bytes_of(token_id id) const;
  [[nodiscard]] bool is_special(token_id id) const;

  /// What of the output depends on where a token stands.
  [[nodiscard]] const output_rules& output() const;

  [[nodiscard]] const tokenizer_config& config() const;
  [[nodiscard]] std::optional<token_id> bos_id() const;
  [[nodiscard]] std::optional<token_id> eos_id() const;

private:
  void encode_text(std::string_view text, bool at_start, token_list& out) const;
  void encode_word(std::string_view word, token_list& out) const;
  void encode_by_model(std::string_view word, token_list& out) const;

  std::unique_ptr<const tokenizer_parts> parts_;
  std::uint32_t serial_; ///< Tells apart the words that threads remember.
};

} // namespace troupe::text
