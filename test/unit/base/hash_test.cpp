// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/base/hash.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace troupe;

TEST_CASE("hashes are XXH3's, the same on every machine") {
  CHECK(hash64({}) == 0x2d06800538d394c2ULL);
  CHECK(hash_128({}) == hash128{0x99aa06d3014798d8ULL, 0x6001c324468d497fULL});
}

TEST_CASE("a hash depends on every byte, on the length and on the seed") {
  const std::string text(300, 'a');
  std::set<std::uint64_t> seen{hash64(as_bytes_view(text)), hash64(as_bytes_view(text), 1)};
  std::set<hash128> wide{hash_128(as_bytes_view(text)), hash_128(as_bytes_view(text), 1)};
  for (std::size_t at = 0; at < text.size(); ++at) {
    auto other = text;
    other[at] = 'b';
    seen.insert(hash64(as_bytes_view(other)));
    wide.insert(hash_128(as_bytes_view(other)));
    seen.insert(hash64(as_bytes_view(text).first(at)));
    wide.insert(hash_128(as_bytes_view(text).first(at)));
  }

  CHECK(seen.size() == 602);
  CHECK(wide.size() == 602);
}

TEST_CASE("a 128-bit hash is ordered by its high word first") {
  CHECK(hash128{1, 0} > hash128{0, ~std::uint64_t{0}});
  CHECK(hash128{1, 1} < hash128{1, 2});
  CHECK(std::hash<hash128>{}({1, 2}) != std::hash<hash128>{}({2, 1}));
}

TEST_CASE("a mix keeps order and small neighbours apart") {
  std::set<std::uint64_t> seen;
  for (std::uint64_t a = 0; a < 100; ++a) {
    for (std::uint64_t b = 0; b < 100; ++b) {
      seen.insert(mix64(a, b));
    }
  }

  CHECK(seen.size() == 10'000);
  CHECK(mix64(1, 2) != mix64(2, 1));
}
