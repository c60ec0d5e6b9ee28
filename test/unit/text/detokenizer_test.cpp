// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/detokenizer.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/base/utf8.hpp"
#include "test/unit/text/small_tokenizer.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

TEST_CASE("a character is given once its last byte is there") {
  const auto with = made(small_document());
  detokenizer stream(*with);

  CHECK(stream.push(0xF0).empty());
  CHECK(stream.push(0x9F).empty());
  CHECK(stream.push(0x98).empty());
  auto copy = stream;
  CHECK(stream.push(0x80) == "😀");
  CHECK(copy.push('x') == "\uFFFDx");
}

TEST_CASE("bytes that can never become a character are replaced at once") {
  const auto with = made(small_document());
  detokenizer stream(*with);

  CHECK(stream.push(0xFF) == "\uFFFD");
  CHECK(stream.push(0xE2).empty());
  CHECK(stream.push(0xE2) == "\uFFFD");
  CHECK(stream.flush() == "\uFFFD");
  CHECK(stream.flush().empty());
}

TEST_CASE("special tokens and unknown ids have no text") {
  auto document = small_document();
  document.set("added_tokens", json::value::array{added(300, "<end>", true)});
  const auto with = made(document);
  detokenizer stream(*with);

  CHECK(stream.push(0xC3).empty());
  CHECK(stream.push(300).empty());
  CHECK(stream.push(299).empty());
  CHECK(stream.push(4'000'000'000).empty());
  CHECK(stream.push(0xA9) == "é");
}

TEST_CASE("deltas of random bytes are valid text and join to decode's") {
  const auto with = made(small_document());
  rng random(4);
  for (int round = 0; round < 2'000; ++round) {
    token_list tokens;
    for (std::uint64_t left = random.below(30); left > 0; --left) {
      constexpr std::array<token_id, 9> heads{'a', 0xC3, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 0x98, 0xFF};
      tokens.push_back(heads.at(random.below(heads.size())));
    }
    detokenizer stream(*with);
    std::string joined;
    for (const auto token : tokens) {
      const auto delta = stream.push(token);
      CHECK(utf8::first_invalid(delta) == delta.size());
      joined += delta;
    }
    joined += stream.flush();
    CHECK(joined == with->decode(tokens));
  }
}

} // namespace
} // namespace troupe::text
