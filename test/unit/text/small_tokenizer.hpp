// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "engine/text/byte_level.hpp"
#include "engine/text/tokenizer.hpp"
#include "runtime/json/write.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

namespace troupe::text {

/// A tokenizer.json of the 256 bytes as ids 0..255 and the given merges as 256 and up, cutting
/// words as GPT-2 does. Tests change what they are about.
inline json::value small_document(const std::vector<std::pair<std::string, std::string>>& merges = {
                                      {"h", "e"}, {"l", "l"}}) {
  json::value vocab = json::object_of({});
  json::value rules{json::value::array{}};
  int id = 0;
  for (; id < 256; ++id) {
    const char raw = static_cast<char>(id);
    vocab.set(to_byte_level({&raw, 1}), id);
  }
  for (const auto& [left, right] : merges) {
    vocab.set(left + right, id++);
    rules.push_back(json::value::array{left, right});
  }
  return json::object_of(
      {{"added_tokens", json::value::array{}},
       {"normalizer", nullptr},
       {"pre_tokenizer",
        json::object_of({{"type", "ByteLevel"}, {"add_prefix_space", false}, {"use_regex", true}})},
       {"decoder", json::object_of({{"type", "ByteLevel"}})},
       {"model", json::object_of({{"type", "BPE"}, {"vocab", vocab}, {"merges", rules}})}});
}

inline json::value added(token_id id, std::string_view content, bool special) {
  return json::object_of({{"id", id}, {"content", content}, {"special", special}});
}

inline std::shared_ptr<const tokenizer> made(const json::value& document) {
  auto read = tokenizer::parse(json::write(document));
  if (!read) {
    FAIL(read.err().text);
  }
  return *read;
}

} // namespace troupe::text
