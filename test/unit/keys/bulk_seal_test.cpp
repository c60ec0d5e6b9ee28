// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/keys/bulk_seal.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::keys;

TEST_CASE("a sealed frame holds for its key, number, head and bytes only") {
  const auto key = make_secret_key();
  const bytes head(48, std::byte{3});
  const bytes bulk(1000, std::byte{5});
  const auto tag = seal_bulk(key, 9, head, bulk);

  CHECK(is_sealed(tag, key, 9, head, bulk));
  CHECK(!is_sealed(tag, make_secret_key(), 9, head, bulk));
  CHECK(!is_sealed(tag, key, 10, head, bulk));
  CHECK(!is_sealed(tag, key, 9, bytes_view(head).first(47), bulk));
  CHECK(!is_sealed(tag, key, 9, head, bytes_view(bulk).first(999)));
  CHECK(!is_sealed({}, key, 9, head, bulk));
  CHECK(is_sealed(seal_bulk(key, 1, {}, {}), key, 1, {}, {}));
}

TEST_CASE("any bit turned in head, bytes or tag breaks the seal") {
  const auto key = make_secret_key();
  bytes head(48, std::byte{3});
  bytes bulk(64, std::byte{5});
  auto tag = seal_bulk(key, 1, head, bulk);
  const auto turned = [&](std::byte& one) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      const auto was = one;
      one ^= static_cast<std::byte>(1U << bit);
      CHECK(!is_sealed(tag, key, 1, head, bulk));
      one = was;
    }
  };
  for (auto& each : head) {
    turned(each);
  }
  for (auto& each : bulk) {
    turned(each);
  }
  for (auto& each : tag) {
    turned(each);
  }
  CHECK(is_sealed(tag, key, 1, head, bulk));
}
