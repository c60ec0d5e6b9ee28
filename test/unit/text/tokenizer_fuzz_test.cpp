// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/tokenizer.hpp"
#include "messages/vocab/error_codes.hpp"
#include "runtime/base/rng.hpp"
#include "runtime/json/read.hpp"
#include "test/unit/text/files.hpp"
#include "test/unit/text/small_tokenizer.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

/// Replaces, removes or doubles one value somewhere in the document.
void mutate(json::value& at, rng& random) {
  static const std::vector<json::value> odd{nullptr,
                                            true,
                                            -1,
                                            0,
                                            256,
                                            1'000'000'000'000,
                                            0.5,
                                            "",
                                            "a",
                                            "ByteLevel",
                                            "Sequence",
                                            json::value::array{},
                                            json::object_of({}),
                                            json::object_of({{"type", "Sequence"}})};
  auto* members = at.as_object();
  auto* items = at.as_array();
  const auto count = members != nullptr ? members->size() : items != nullptr ? items->size() : 0;
  if (count == 0 || random.below(8) == 0) {
    at = odd[random.below(odd.size())];
    return;
  }
  const auto index = random.below(count);
  const auto offset = static_cast<std::ptrdiff_t>(index);
  if (random.below(8) == 0) {
    members != nullptr ? void(members->erase(members->begin() + offset))
                       : void(items->erase(items->begin() + offset));
    return;
  }
  mutate(members != nullptr ? (*members)[index].item : (*items)[index], random);
}

TEST_CASE("a mutated tokenizer.json is refused by name or works") {
  auto whole = small_document({{"h", "e"}, {"he", "y"}, {"Ġ", "he"}});
  whole.set("added_tokens", json::value::array{added(300, "<a>", true), added(301, "<b>", false)});
  whole.set("pre_tokenizer", *json::parse(R"({"type":"Sequence","pretokenizers":[
    {"type":"Split","pattern":{"Regex":"\\s+|\\w+"},"behavior":"Isolated","invert":false},
    {"type":"Digits","individual_digits":true},{"type":"ByteLevel","add_prefix_space":false}]})"));
  rng random(11);
  int accepted = 0;
  for (int round = 0; round < 4'000; ++round) {
    auto document = whole;
    for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
      mutate(document, random);
    }
    const auto read = tokenizer::parse(json::write(document));
    if (!read) {
      const auto known =
          read.err().code == errors::model_invalid || read.err().code == errc::unsupported;
      CHECK(known);
      CHECK(!read.err().text.empty());
      continue;
    }
    ++accepted;
    const auto tokens = (*read)->encode("hey <a> 12 é hey");
    CHECK(!(*read)->decode(tokens).empty());
  }
  CHECK(accepted > 100);
  CHECK(accepted < 3'900);
}

/// Fails unless the document is refused by name or makes a tokenizer that works.
bool works(const json::value& document) {
  const auto read = tokenizer::parse(json::write(document));
  if (!read) {
    const auto known =
        read.err().code == errors::model_invalid || read.err().code == errc::unsupported;
    CHECK(known);
    CHECK(!read.err().text.empty());
    return false;
  }
  const auto tokens =
      (*read)->encode("hey <s>\u2581 12 \u00e9\xFF  \U0001F600 the", {.add_special = true});
  static_cast<void>((*read)->decode(tokens, false));
  return true;
}

TEST_CASE("a mutated tokenizer.json of any kind is refused by name or works") {
  rng random(12);
  for (const std::string kind : {"qwen2", "deepseek", "gemma", "mistral", "words_unknown", "t5",
                                 "unigram_bytes", "unigram_whole"}) {
    const auto whole = json::parse(source_file("test/unit/text/tokenizers/" + kind + ".json"));
    REQUIRE(whole);
    CHECK(works(*whole));
    int accepted = 0;
    for (int round = 0; round < 400; ++round) {
      auto document = *whole;
      for (std::uint64_t edits = 1 + random.below(3); edits > 0; --edits) {
        mutate(document, random);
      }
      accepted += works(document) ? 1 : 0;
    }
    CHECK(accepted > 0);
    CHECK(accepted < 400);
  }
}

TEST_CASE("a torn or garbled text of tokenizer.json is refused") {
  const auto whole = json::write(small_document());
  rng random(5);
  for (int round = 0; round < 2'000; ++round) {
    auto text = whole.substr(0, random.below(whole.size()));
    CHECK(!tokenizer::parse(text));
  }
}

TEST_CASE("random bytes are encoded and come back repaired") {
  const auto with = made(small_document({{"h", "e"}, {"he", "y"}}));
  rng random(9);
  for (int round = 0; round < 2'000; ++round) {
    std::string text;
    for (std::uint64_t left = random.below(40); left > 0; --left) {
      text += static_cast<char>(random.below(256));
    }
    const auto once = with->decode(with->encode(text));
    CHECK(with->decode(with->encode(once)) == once);
  }
}

} // namespace
} // namespace troupe::text
