// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/block_naming.hpp"

#include <doctest/doctest.h>

#include <set>

using namespace troupe;

namespace {

token_list count_to(std::uint32_t tokens) {
  token_list out;
  for (std::uint32_t token = 0; token < tokens; ++token) {
    out.push_back(token);
  }
  return out;
}

block_namer namer(std::string_view lora = "", std::string_view salt = "",
                  std::uint64_t secret = 9) {
  return {content_id{{1, 2}}, lora, salt, secret};
}

} // namespace

TEST_CASE("only whole blocks have names, one for each sixteen tokens") {
  CHECK(namer().all({}).empty());
  CHECK(namer().all(count_to(15)).empty());
  CHECK(namer().all(count_to(16)).size() == 1);
  CHECK(namer().all(count_to(47)).size() == 2);
}

TEST_CASE("names are a chain: a longer text begins with the names of a shorter one") {
  const auto tokens = count_to(64);
  const auto all = namer().all(tokens);
  const auto shorter = namer().all(std::span(tokens).first(40));

  REQUIRE(shorter.size() == 2);
  CHECK(std::equal(shorter.begin(), shorter.end(), all.begin()));
  auto parent = namer().root();
  for (std::size_t at = 0; at < all.size(); ++at) {
    parent = namer().next(parent, std::span(tokens).subspan(at * block_tokens, block_tokens));
    CHECK(parent == all[at]);
  }
}

TEST_CASE("one token changes its block and all behind it, and none before") {
  const auto before = namer().all(count_to(64));
  auto tokens = count_to(64);
  tokens[20] = 1000;
  const auto after = namer().all(tokens);

  CHECK(after[0] == before[0]);
  for (std::size_t at = 1; at < 4; ++at) {
    CHECK(after[at] != before[at]);
  }
}

TEST_CASE("the same tokens at another place have another name") {
  const auto names = namer().all(token_list(64, 7));

  CHECK(std::set<block_name>(names.begin(), names.end()).size() == 4);
}

TEST_CASE("content, adapter, tenant and secret all count, and do not run into one another") {
  const auto tokens = count_to(16);
  std::set<block_name> names;
  names.insert(namer().all(tokens)[0]);
  names.insert(block_namer(content_id{{2, 1}}, "", "", 9).all(tokens)[0]);
  names.insert(namer("ab", "c").all(tokens)[0]);
  names.insert(namer("a", "bc").all(tokens)[0]);
  names.insert(namer("abc", "").all(tokens)[0]);
  names.insert(namer("", "abc").all(tokens)[0]);
  names.insert(namer("", "", 10).all(tokens)[0]);

  CHECK(names.size() == 7);
  CHECK(namer("a", "b") == namer("a", "b"));
  CHECK_FALSE(namer("a", "b") == namer("b", "a"));
}

TEST_CASE("the last token of a prompt is never cacheable") {
  CHECK(cacheable_blocks(0) == 0);
  CHECK(cacheable_blocks(16) == 0);
  CHECK(cacheable_blocks(17) == 1);
  CHECK(cacheable_blocks(32) == 1);
  CHECK(cacheable_blocks(33) == 2);
}
