// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log_tail.hpp"

#include "runtime/observe/log_writers.hpp"

#include <doctest/doctest.h>

using namespace troupe::observe;

namespace {

std::vector<std::string> texts(const log_tail::excerpt& of) {
  std::vector<std::string> out;
  for (const auto& one : of.lines) {
    out.push_back(one.text);
  }
  return out;
}

constexpr std::size_t many = 1000;

} // namespace

TEST_CASE("lines go on to the next writer and are kept with numbers") {
  const auto next = std::make_shared<memory_writer>();
  log_tail tail(next);

  tail.write(level::info, "a");
  tail.write(level::warn, "b");

  CHECK(next->lines() == std::vector<std::string>{"a", "b"});
  const auto told = tail.newest(0, many, many);
  CHECK(texts(told) == std::vector<std::string>{"a", "b"});
  CHECK(told.lines.front().no == 1);
  CHECK(told.last == 2);
  CHECK(told.missed == 0);
}

TEST_CASE("who follows gets each line once") {
  log_tail tail(nullptr);
  tail.write(level::info, "a");
  const auto first = tail.newest(0, many, many);
  tail.write(level::info, "b");

  const auto second = tail.newest(first.last, many, many);
  CHECK(texts(second) == std::vector<std::string>{"b"});
  CHECK(tail.newest(second.last, many, many).lines.empty());
}

TEST_CASE("the oldest go, by lines and by bytes, and are counted as missed") {
  log_tail by_lines(nullptr, 2);
  log_tail by_bytes(nullptr, many, 5);
  for (const auto* line : {"aaa", "bbb", "c"}) {
    by_lines.write(level::info, line);
    by_bytes.write(level::info, line);
  }

  for (const auto* tail : {&by_lines, &by_bytes}) {
    const auto told = tail->newest(0, many, many);
    CHECK(texts(told) == std::vector<std::string>{"bbb", "c"});
    CHECK(told.missed == 1);
  }
}

TEST_CASE("an answer holds the newest, within its own bounds") {
  log_tail tail(nullptr);
  for (const auto* line : {"aaa", "bbb", "c"}) {
    tail.write(level::info, line);
  }

  CHECK(texts(tail.newest(0, 1, many)) == std::vector<std::string>{"c"});
  const auto told = tail.newest(0, many, 4);
  CHECK(texts(told) == std::vector<std::string>{"bbb", "c"});
  CHECK(told.missed == 1);
}

TEST_CASE("a number from before a restart of the process is answered with all there is") {
  log_tail tail(nullptr);
  tail.write(level::info, "a");

  CHECK(texts(tail.newest(500, many, many)) == std::vector<std::string>{"a"});
}

TEST_CASE("only lines with a part are told, and the others are not missed") {
  log_tail tail(nullptr);
  for (const auto* line : {"a actor=x ", "b actor=y ", "c actor=x "}) {
    tail.write(level::info, line);
  }

  const auto told = tail.newest(0, many, many, " actor=x ");
  CHECK(texts(told) == std::vector<std::string>{"a actor=x ", "c actor=x "});
  CHECK(told.lines.back().no == 3);
  CHECK(told.missed == 0);
  CHECK(tail.newest(0, 1, many, " actor=x ").missed == 1);
}
