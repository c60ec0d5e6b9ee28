// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/model/content_memo.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::engine;

namespace {

const file_identity some{
    .device = 1, .inode = 2, .size_bytes = 3, .modified_ns = 1000, .changed_ns = 2000};

content_memo memo_of(const file_identity& of, hash128 content) {
  content_memo memo;
  memo.remember(of, of, 2000, content);
  return memo;
}

} // namespace

TEST_CASE("a hash is remembered over a write and a read, for the file that did not change") {
  const auto memo = content_memo::read(memo_of(some, {4, 5}).write());
  CHECK(memo.find(some) == hash128{4, 5});
  for (const auto change : {0, 1, 2, 3, 4}) {
    auto other = some;
    other.device += change == 0 ? 1U : 0U;
    other.inode += change == 1 ? 1U : 0U;
    other.size_bytes += change == 2 ? 1U : 0U;
    other.modified_ns += change == 3 ? 1 : 0;
    other.changed_ns += change == 4 ? 1 : 0;
    CHECK_FALSE(memo.find(other).has_value());
  }
}

TEST_CASE("nothing is remembered of a file that changed just before or meanwhile") {
  content_memo memo;
  memo.remember(some, some, 1999, {4, 5});
  auto after = some;
  after.changed_ns = 2001;
  memo.remember(some, after, 5000, {4, 5});
  memo.remember(some, std::nullopt, 5000, {4, 5});
  auto future = some;
  future.modified_ns = 9000;
  memo.remember(future, future, 5000, {4, 5});
  CHECK(memo.size() == 0);
  CHECK_FALSE(memo.has_changed());
}

TEST_CASE("a file that was changed takes the place of what it was") {
  auto memo = memo_of(some, {4, 5});
  auto now = some;
  now.changed_ns = 3000;
  memo.remember(now, now, 3000, {6, 7});
  CHECK(memo.size() == 1);
  CHECK(memo.find(now) == hash128{6, 7});
}

TEST_CASE("a memo holds so many files and forgets the oldest") {
  content_memo memo;
  auto one = some;
  for (std::uint64_t i = 0; i <= content_memo::entries_max; ++i) {
    one.inode = i;
    memo.remember(one, one, 2000, {i, i});
  }
  CHECK(memo.size() == content_memo::entries_max);
  one.inode = 0;
  CHECK_FALSE(memo.find(one).has_value());
  CHECK(content_memo::read(memo.write()).size() == content_memo::entries_max);
}

TEST_CASE("a memo with any bit changed or byte missing is empty") {
  const auto whole = memo_of(some, {4, 5}).write();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    CHECK(content_memo::read(bytes_view{whole}.first(at)).size() == 0);
    for (int bit = 0; bit < 8; ++bit) {
      auto broken = whole;
      broken[at] ^= static_cast<std::byte>(1U << bit);
      CHECK(content_memo::read(broken).size() == 0);
    }
  }
  auto longer = whole;
  longer.push_back(std::byte{});
  CHECK(content_memo::read(longer).size() == 0);
}
