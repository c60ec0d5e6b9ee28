// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/detokenizer.hpp"
#include "engine/text/tokenizer.hpp"
#include "test/unit/text/random_texts.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>

namespace troupe::text {
namespace {

constexpr std::uint64_t texts_per_block = 100;
constexpr std::uint64_t empty_hash = 0xcbf29ce484222325ULL;

/// FNV-1a.
void add(std::uint64_t& hash, std::string_view bytes) {
  for (const char c : bytes) {
    hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3ULL;
  }
}

void add(std::uint64_t& hash, std::uint32_t number) {
  for (unsigned at = 0; at < 4; ++at) {
    const char byte = static_cast<char>(number >> 8U * at);
    add(hash, std::string_view(&byte, 1));
  }
}

std::string hex(std::uint64_t hash) {
  std::array<char, 17> out{};
  static_cast<void>(
      std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(hash)));
  return out.data();
}

token_list ids_of(const json::value& list) {
  token_list out;
  for (const auto& id : *list.as_array()) {
    out.push_back(static_cast<token_id>(*id.as_integer()));
  }
  return out;
}

std::string streamed(const tokenizer& with, const token_list& tokens) {
  detokenizer stream(with, false);
  std::string out;
  for (const auto token : tokens) {
    const auto delta = stream.push(token);
    REQUIRE(utf8::first_invalid(delta) == delta.size());
    out += delta;
  }
  return out + stream.flush();
}

void check_kind(const std::string& kind, const random_texts& texts) {
  const auto path = "test/unit/text/tokenizers/" + kind;
  const auto with = tokenizer::parse(source_file(path + ".json"));
  if (!with) {
    FAIL(kind << ": " << with.err().text);
  }
  const auto golden = json::parse(source_file(path + ".golden.json"));
  REQUIRE(golden);
  const auto& samples = *golden->find("sample")->as_array();
  for (std::size_t at = 0; at < samples.size(); ++at) {
    const auto text = texts.at(at);
    CAPTURE(text);
    CHECK((*with)->encode(text, {.add_special = true}) == ids_of(samples[at]));
  }
  const auto& ids = *golden->find("ids")->as_array();
  const auto& decoded = *golden->find("decoded")->as_array();
  for (std::size_t block = 0; block < ids.size(); ++block) {
    CAPTURE(block);
    std::uint64_t id_hash = empty_hash;
    std::uint64_t text_hash = empty_hash;
    for (std::uint64_t at = 0; at < texts_per_block; ++at) {
      const auto text = texts.at(block * texts_per_block + at);
      const auto tokens = (*with)->encode(text, {.add_special = true});
      const auto whole = (*with)->decode(tokens, false);
      REQUIRE(streamed(**with, tokens) == whole);
      add(id_hash, static_cast<std::uint32_t>(tokens.size()));
      for (const auto token : tokens) {
        add(id_hash, token);
      }
      add(text_hash, whole);
      add(text_hash, std::string_view("\0", 1));
    }
    CHECK(hex(id_hash) == *ids[block].as_string());
    CHECK(hex(text_hash) == *decoded[block].as_string());
  }
}

TEST_CASE("10,000 texts become the tokens and texts that the reference makes of them") {
  const random_texts texts;
  for (const std::string kind :
       {"gpt2", "llama3", "qwen2", "o200k", "falcon", "starcoder", "deepseek", "llama2", "gemma",
        "mistral", "words_unknown", "fused_unknown", "t5", "unigram_bytes", "unigram_whole"}) {
    CAPTURE(kind);
    check_kind(kind, texts);
  }
}

} // namespace
} // namespace troupe::text
