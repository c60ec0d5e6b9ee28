// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/charsmap.hpp"

#include "runtime/base/rng.hpp"
#include "runtime/base/utf8.hpp"
#include "test/unit/text/random_texts.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

/// The map of the small T5 of these tests: 16 rules, made by scripts/golden_tokenizers.py.
std::string small_map() {
  const auto document = json::parse(source_file("test/unit/text/tokenizers/t5.json"));
  REQUIRE(document);
  return *document->find("normalizer")->find("precompiled_charsmap")->as_string();
}

std::string mapped(const charsmap& with, std::string_view text) {
  std::string out;
  with.apply(text, out);
  return out;
}

TEST_CASE("characters and short clusters are replaced by their rules") {
  const auto with = charsmap::parse(small_map());
  REQUIRE(with);

  CHECK(mapped(*with, "\uff21b\u00a0c") == "Ab c");
  CHECK(mapped(*with, "e\u0301") == "\u00e9");
  CHECK(mapped(*with, "a\r\n\u200bb") == "ab");
  CHECK(mapped(*with, "plain").compare("plain") == 0);
  CHECK(mapped(*with, "").empty());
  CHECK(with->longest_replacement() == 5);
}

TEST_CASE("what is no map is refused") {
  const auto whole = small_map();
  for (const std::string text : {"", "AA==", "!", "/////w==", "BAAAAA=="}) {
    CHECK(!charsmap::parse(text));
  }
  CHECK(!charsmap::parse(whole.substr(0, whole.size() / 2)));
}

TEST_CASE("a garbled map is refused or maps any text to text") {
  const auto whole = small_map();
  const random_texts texts;
  rng random(3);
  for (int round = 0; round < 500; ++round) {
    auto garbled = whole;
    for (auto edits = 1 + random.below(40); edits > 0; --edits) {
      garbled[random.below(garbled.size())] = "ABCDEFghijkl0123+/"[random.below(18)];
    }
    const auto with = charsmap::parse(garbled);
    if (!with) {
      continue;
    }
    const auto text = texts.at(static_cast<std::uint64_t>(round));
    if (utf8::first_invalid(text) == text.size()) {
      const auto out = mapped(*with, text);
      CHECK(utf8::first_invalid(out) == out.size());
    }
  }
}

} // namespace
} // namespace troupe::text
