// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/token_decoder.hpp"
#include "engine/text/tokenizer_parts.hpp"
#include "runtime/json/fields.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace troupe::text {

/// One reading of a tokenizer.json: what its steps share. Each step fills its part of `parts`,
/// unless an earlier one complained.
/// Role: lives while `tokenizer::parse` runs; views the document.
/// Checked: test/unit/text/tokenizer_test.cpp, tokenizer_fuzz_test.cpp
struct tokenizer_reading {
  explicit tokenizer_reading(const json::value& document) : in(document, "", wrong) {}
  tokenizer_reading(const tokenizer_reading&) = delete;
  tokenizer_reading& operator=(const tokenizer_reading&) = delete;

  json::complaints wrong;
  json::object_reader in;
  tokenizer_parts parts;
  token_decoder decoder;
  std::unordered_map<std::string_view, token_id> written; ///< The vocabulary as the file has it.
  std::int64_t id_bound = 0; ///< Ids from here on are refused, so that a small file stays small.

  void unsupported(const std::string& path, const std::string& what) {
    wrong.add(errc::unsupported, path,
              what + " is not supported; serve this model by an external engine");
  }

  /// The id, or none with a complaint about what `path` gives.
  template <class Path>
  std::optional<token_id> id_from(const json::value& from, const Path& path) {
    const auto* id = from.as_integer();
    if (id == nullptr || *id < 0 || *id >= id_bound) {
      wrong.add(errc::invalid_value, path(),
                "is no token id below " + std::to_string(id_bound) + "; correct it");
      return std::nullopt;
    }
    return static_cast<token_id>(*id);
  }
};

/// `model`: the vocabulary and BPE or Unigram. Needs the pre-tokenizer and the decoder.
void read_model(tokenizer_reading& reading);
void read_bpe(tokenizer_reading& reading, const json::object_reader& model);
void read_unigram(tokenizer_reading& reading, const json::object_reader& model);

/// `added_tokens`. Needs the model and the normalizer.
void read_added_tokens(tokenizer_reading& reading);

/// `post_processor`. Needs the added tokens.
void read_post_processor(tokenizer_reading& reading);

} // namespace troupe::text
