// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "engine/text/stop_matcher.hpp"

#include "runtime/base/rng.hpp"

#include <doctest/doctest.h>

namespace troupe::text {
namespace {

std::string pushed(stop_matcher& with, std::string_view delta) {
  std::string out;
  with.push(delta, out);
  return out;
}

TEST_CASE("text is held back only while it may become a stop string") {
  stop_matcher with({"END", "\n\n"});

  CHECK(pushed(with, "one E") == "one ");
  CHECK(pushed(with, "N") == "");
  CHECK(pushed(with, "x") == "ENx");
  CHECK(pushed(with, "two\n") == "two");
  CHECK(pushed(with, "\nthree") == "");
  CHECK(with.matched() == 1);
  CHECK(pushed(with, "more") == "");
}

TEST_CASE("the end of the stream gives what was held back") {
  stop_matcher with({"STOP"});
  std::string out = pushed(with, "a STO");
  with.flush(out);

  CHECK(out == "a STO");
  CHECK(!with.matched());
}

TEST_CASE("the stop string itself is given only where asked") {
  stop_matcher with({"."}, true);

  CHECK(pushed(with, "a.b") == "a.");
}

TEST_CASE("no stop strings and empty ones hold nothing back") {
  stop_matcher with({"", ""});

  CHECK(pushed(with, "abc") == "abc");
  CHECK(with.held_bytes() == 0);
}

TEST_CASE("how the text is cut into pushes changes nothing") {
  rng random(31);
  for (int round = 0; round < 3'000; ++round) {
    const auto word = [&](std::uint64_t most) {
      std::string out;
      for (std::uint64_t left = 1 + random.below(most); left > 0; --left) {
        out += static_cast<char>('a' + random.below(2));
      }
      return out;
    };
    const std::vector<std::string> stops{word(5), word(5), word(3)};
    const auto text = word(30);
    stop_matcher whole(stops);
    std::string expected;
    stop_matcher pieces(stops);
    std::string joined;
    for (const char c : text) {
      whole.push({&c, 1}, expected);
    }
    for (std::size_t at = 0; at < text.size();) {
      const auto bytes = 1 + random.below(6);
      pieces.push(std::string_view(text).substr(at, bytes), joined);
      at += bytes;
    }
    whole.flush(expected);
    pieces.flush(joined);
    CHECK(joined == expected);
    CHECK(pieces.matched() == whole.matched());
    for (const auto& stop : stops) {
      CHECK(joined.find(stop) == std::string::npos);
    }
  }
}

} // namespace
} // namespace troupe::text
