// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/shell_line.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace troupe;
using troupe::shell::parse_line;

TEST_CASE("a line is words at blanks, with quotes and braces kept together") {
  const auto line = parse_line(R"(ask  a@b place{x=1 y=[2 3] z="a } b"} 'one word' "two \"x\"")");
  REQUIRE(line);
  CHECK(line->words
        == std::vector<std::string>{"ask", "a@b", R"(place{x=1 y=[2 3] z="a } b"})", "one word",
                                    R"(two "x")"});
  CHECK(line->is_plain());
}

TEST_CASE("what stands behind a bar is for the local shell, as it is") {
  const auto line = parse_line("ps -s mailbox | grep 'a b' | head -2 > x");
  REQUIRE(line);
  CHECK(line->words == std::vector<std::string>{"ps", "-s", "mailbox"});
  CHECK(line->pipe == "grep 'a b' | head -2 > x");
  CHECK(line->file.empty());
}

TEST_CASE("a file is written or appended to") {
  CHECK(parse_line("ps > out.txt")->file == "out.txt");
  CHECK_FALSE(parse_line("ps > out.txt")->append);
  const auto appended = parse_line("ps>>'my out.txt'");
  REQUIRE(appended);
  CHECK(appended->append);
  CHECK(appended->file == "my out.txt");
}

TEST_CASE("a comment and blanks are no words") {
  CHECK(parse_line("  # nothing")->words.empty());
  CHECK(parse_line("ps # all")->words == std::vector<std::string>{"ps"});
  CHECK(parse_line("")->words.empty());
}

TEST_CASE("what is not closed or lacks its other side is malformed") {
  for (const char* text :
       {"ask 'a", "ask a{x=1", "ask a[", "ps |", "ps >", "ps > a b", "ask \"a\\"}) {
    CAPTURE(text);
    const auto line = parse_line(text);
    REQUIRE_FALSE(line);
    CHECK(line.err().code == errc::malformed);
  }
  CHECK(parse_line(std::string(70'000, 'x')).err().code == errc::too_large);
}

TEST_CASE("no bytes crash the reader") {
  std::uint64_t state = 7;
  const std::string_view alphabet = "ab {}[]'\"|>#\\\n\x80=";
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (int i = 0; i < round % 17; ++i) {
      state = state * 6364136223846793005ULL + 1442695040888963407ULL;
      text += alphabet[(state >> 33U) % alphabet.size()];
    }
    (void)parse_line(text);
  }
}
