// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/redis/reply_guard.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

/// Whether the guard passes these bytes, however they are cut.
bool passes(const std::string& bytes, const redis::reply_bounds& bounds = {}) {
  redis::reply_guard whole(bounds);
  redis::reply_guard cut(bounds);
  const auto once = whole.feed(bytes);
  bool each = true;
  for (const auto c : bytes) {
    each = each && cut.feed({&c, 1});
  }
  CHECK(once == each);
  return once;
}

} // namespace

TEST_CASE("the five kinds of replies pass, in any order") {
  CHECK(passes("+OK\r\n-ERR no\r\n:42\r\n$5\r\nhe\r\no\r\n*2\r\n$-1\r\n*0\r\n*-1\r\n$0\r\n\r\n"));
}

TEST_CASE("other bytes do not pass") {
  CHECK_FALSE(passes("HTTP/1.1 200 OK\r\n"));
  CHECK_FALSE(passes("%1\r\n"));
  CHECK_FALSE(passes("$x\r\n"));
  CHECK_FALSE(passes("*1x\r\n"));
  CHECK_FALSE(passes("+no return\n"));
  CHECK_FALSE(passes(std::string("\0\0\0\0", 4)));
}

TEST_CASE("lengths over the bounds do not pass before their bytes come") {
  CHECK_FALSE(passes("$65537\r\n"));
  CHECK_FALSE(passes("*1000000000\r\n"));
  CHECK_FALSE(passes("*99999999999999999999999999\r\n"));
  CHECK_FALSE(passes("$18446744073709551615\r\n"));
  CHECK_FALSE(passes("+" + std::string(5000, 'x')));
}

TEST_CASE("many small replies together have bounds too") {
  std::string lists;
  for (int i = 0; i < 40; ++i) {
    lists += "*1000\r\n";
  }
  CHECK_FALSE(passes(lists));
  CHECK_FALSE(passes(std::string(100, 'x'), {.bytes_max = 10}));
}
