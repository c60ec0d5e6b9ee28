// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/added_tokens.hpp"
#include "engine/text/bpe.hpp"
#include "engine/text/normalizer.hpp"
#include "engine/text/output_rules.hpp"
#include "engine/text/pre_tokenizer.hpp"
#include "engine/text/tokenizer_config.hpp"
#include "engine/text/unigram.hpp"
#include "engine/text/vocabulary.hpp"

#include <string>
#include <unordered_map>
#include <variant>

namespace troupe::text {

/// What a tokenizer is made of; read by tokenizer_parse.cpp, used by tokenizer.cpp.
struct tokenizer_parts {
  vocabulary tokens;
  std::variant<bpe, unigram> model;
  bool ignore_merges = false; ///< A word that is a token is never merged from its parts.
  /// No merge reaches over the border between anything and this blank, so that words may be cut
  /// there to be remembered; empty where that is not so.
  std::string cut_before;
  normalizer normal;
  pre_tokenizer words;
  added_token_matcher before_normal;
  added_token_matcher after_normal;
  output_rules output;
  token_list prefix; ///< What the post-processor puts before and after a text.
  token_list suffix;
  std::unordered_map<std::string, token_id> added_ids;
  tokenizer_config config;
};

} // namespace troupe::text
