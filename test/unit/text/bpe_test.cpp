// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/bpe.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

#include <map>
#include <string>

namespace troupe::text {
namespace {

/// The definition: merge the leftmost pair of the lowest rank until none is left.
token_list by_definition(token_list tokens, const std::vector<merge_rule>& rules) {
  std::map<std::pair<token_id, token_id>, std::size_t> ranks;
  for (std::size_t rank = 0; rank < rules.size(); ++rank) {
    ranks[{rules[rank].left, rules[rank].right}] = rank;
  }
  for (;;) {
    auto best = rules.size();
    std::size_t where = 0;
    for (std::size_t at = 0; at + 1 < tokens.size(); ++at) {
      const auto found = ranks.find({tokens[at], tokens[at + 1]});
      if (found != ranks.end() && found->second < best) {
        best = found->second;
        where = at;
      }
    }
    if (best == rules.size()) {
      return tokens;
    }
    tokens[where] = rules[best].merged;
    tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(where) + 1);
  }
}

bpe_alphabet plain_bytes() {
  bpe_alphabet out;
  for (token_id byte = 0; byte < 256; ++byte) {
    out.bytes[byte] = byte;
  }
  return out;
}

TEST_CASE("words short and long are merged as the definition says") {
  rng random(21);
  for (int round = 0; round < 300; ++round) {
    std::vector<merge_rule> rules;
    for (token_id next = 256; next < 256 + 40; ++next) {
      const auto pick = [&] {
        const auto at = random.below(4 + next - 256);
        return at < 4 ? static_cast<token_id>('a' + at) : static_cast<token_id>(252 + at);
      };
      const auto left = pick();
      rules.push_back({left, pick(), next});
    }
    const bpe with(plain_bytes(), rules);
    for (const std::uint64_t length : {1, 2, 3, 7, 31, 63, 64, 65, 66, 200}) {
      std::string word;
      token_list bytes;
      for (std::uint64_t at = 0; at < length; ++at) {
        word += static_cast<char>('a' + random.below(4));
        bytes.push_back(static_cast<token_id>(word.back()));
      }
      token_list tokens;
      with.encode(word, tokens);
      CHECK(tokens == by_definition(bytes, rules));
    }
  }
}

TEST_CASE("a word of a megabyte is merged in time") {
  std::vector<merge_rule> rules{{'a', 'a', 256}};
  for (token_id next = 257; next < 270; ++next) {
    rules.push_back({next - 1, next - 1, next});
  }
  const bpe with(plain_bytes(), rules);
  token_list tokens;
  with.encode(std::string(1U << 20U, 'a'), tokens);
  CHECK(tokens == token_list((1U << 20U) >> 14U, 269));
}

TEST_CASE("bytes without a token are left out") {
  auto bytes = plain_bytes();
  bytes.bytes['b'] = bpe_alphabet::no_token;
  const bpe with(bytes, {});
  token_list tokens;
  with.encode("abc", tokens);
  CHECK(tokens == token_list{'a', 'c'});
}

} // namespace
} // namespace troupe::text
