// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/unigram.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <limits>

namespace troupe::text {
namespace {

token_list encoded(const unigram& with, std::string_view word) {
  token_list out;
  with.encode(word, out);
  return out;
}

/// The best sum of scores over all ways to cut `word`.
double best_score(const std::vector<scored_piece>& pieces, std::string_view word) {
  if (word.empty()) {
    return 0;
  }
  auto best = -std::numeric_limits<double>::infinity();
  for (const auto& piece : pieces) {
    if (word.starts_with(piece.text)) {
      best = std::max(best, piece.score + best_score(pieces, word.substr(piece.text.size())));
    }
  }
  return best;
}

TEST_CASE("words are cut into the pieces of the largest sum") {
  rng random(17);
  for (int round = 0; round < 200; ++round) {
    std::vector<scored_piece> pieces{{"<unk>", 0}, {"a", -4}, {"b", -4.5}, {"c", -5}};
    for (const std::string text : {"ab", "bc", "abc", "ca", "aab", "cabc", "bb"}) {
      pieces.push_back({text, -static_cast<double>(random.below(1'000)) / 64});
    }
    const unigram with(pieces, 0, std::nullopt);
    std::string word;
    for (auto left = random.below(10); left > 0; --left) {
      word += static_cast<char>('a' + random.below(3));
    }
    double sum = 0;
    std::string joined;
    for (const auto token : encoded(with, word)) {
      sum += pieces[token].score;
      joined += pieces[token].text;
    }
    CHECK(joined == word);
    CHECK(sum == doctest::Approx(best_score(pieces, word)));
  }
}

TEST_CASE("a run of unknown characters is one token, or the bytes of each") {
  const std::vector<scored_piece> pieces{{"<unk>", 0}, {"a", -1}};
  CHECK(encoded(unigram(pieces, 0, std::nullopt), "a\u00e9xa") == token_list{1, 0, 1});

  unigram::byte_table bytes{};
  for (token_id byte = 0; byte < bytes.size(); ++byte) {
    bytes[byte] = 1'000 + byte;
  }
  CHECK(encoded(unigram(pieces, 0, bytes), "a\u00e9xa") == token_list{1, 1195, 1169, 1120, 1});
}

TEST_CASE("of equal pieces the last one counts and an empty one never") {
  const unigram with({{"<unk>", 0}, {"a", -1}, {"", 5}, {"a", -2}}, 0, std::nullopt);
  CHECK(encoded(with, "aa") == token_list{3, 3});
  CHECK(encoded(with, "").empty());
}

} // namespace
} // namespace troupe::text
