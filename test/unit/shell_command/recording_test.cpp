// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/recording.hpp"

#include <doctest/doctest.h>

#include <algorithm>

using namespace troupe;
using namespace troupe::shell;

namespace {

const recording_head head{.version = "troupe 0.1.0 (wire 1)",
                          .cluster = "demo",
                          .actor = "decode@decode-1",
                          .begun_unix_ms = 1'795'700'390'075,
                          .rate_per_s = 50,
                          .for_ms = 10'000};
const seen_message first{.at_ms = 0.029,
                         .way = trace_way::out,
                         .peer = "router@gateway-1",
                         .kind = "tell",
                         .text = "kv_delta{seq=400 text=\"a \\ b\"}"};
const seen_message second{.at_ms = 1728.5, .way = trace_way::in, .peer = "é", .kind = "request"};
const recording_end end_of_two{.lines = 2, .skipped = 7, .lasted_ms = 10'002, .ended = "time"};

std::string whole() {
  return write_line(head) + write_line(first) + write_line(second) + write_line(end_of_two);
}

/// The first error in a text.
error wrong_in(const std::string& text) {
  recording_reader reader(text, "a.jsonl");
  if (auto got = reader.head(); !got) {
    return got.err();
  }
  while (true) {
    const auto got = reader.next();
    if (!got) {
      return got.err();
    }
    if (!*got) {
      return {};
    }
  }
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
  const auto at = text.find(what);
  REQUIRE(at != std::string::npos);
  return text.replace(at, what.size(), by);
}

bool names(const error& why, const std::string& place, const std::string& field) {
  return why.text.starts_with(place) && why.field == field
         && why.text.find("'" + field + "'") != std::string::npos;
}

} // namespace

TEST_CASE("what was recorded is read again") {
  const auto text = whole();
  recording_reader reader(text, "a.jsonl");
  CHECK(*reader.head() == head);
  CHECK(**reader.next() == first);
  CHECK(**reader.next() == second);
  CHECK_FALSE(reader.end());
  CHECK_FALSE(*reader.next());
  CHECK(*reader.end() == end_of_two);
  CHECK_FALSE(*reader.next());
  CHECK(calendar_text(head.begun_unix_ms) == "2026-11-26 13:39:50 UTC");
}

TEST_CASE("a line is within its bound and in ASCII, whatever a message held") {
  const std::string any(2000, '\xFF');
  const std::string control(2000, '\x01');
  for (const auto& bytes : {any, control}) {
    const auto message = write_line(seen_message{
        .at_ms = 1e6, .way = trace_way::in, .peer = bytes, .kind = bytes, .text = bytes});
    const auto begin = write_line(recording_head{
        .version = bytes, .cluster = bytes, .actor = bytes, .begun_unix_ms = 1, .rate_per_s = 1});
    for (const auto& line : {message, begin}) {
      CHECK(line.size() < recording_line_bytes_max);
      CHECK(line.find('\n') == line.size() - 1);
      CHECK(std::ranges::all_of(line, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
    }
    CHECK(wrong_in(begin + message).code == errc::none);
  }
}

TEST_CASE("a recording that was cut short has no end, and no error if its lines are whole") {
  const auto text = write_line(head) + write_line(first);
  recording_reader reader(text, "a.jsonl");
  REQUIRE(reader.head());
  CHECK(*reader.next());
  CHECK_FALSE(*reader.next());
  CHECK_FALSE(reader.end());
  auto torn = text;
  torn.resize(torn.size() - 5);
  CHECK(wrong_in(torn).text.starts_with("a.jsonl:2: not JSON: "));
}

TEST_CASE("what is wrong is named by line and field") {
  const auto text = whole();
  CHECK(names(wrong_in(replaced(text, "\"recording\":1", "\"recording\":2")),
              "a.jsonl:1:", "recording"));
  CHECK(names(wrong_in(replaced(text, "\"recording\":1,", "")), "a.jsonl:1:", "recording"));
  CHECK(names(wrong_in(replaced(text, "\"cluster\":\"demo\"", "\"cluster\":5")),
              "a.jsonl:1:", "cluster"));
  CHECK(names(wrong_in(replaced(text, "\"rate_per_s\":50", "\"rate_per_s\":5000")),
              "a.jsonl:1:", "rate_per_s"));
  CHECK(names(wrong_in(replaced(text, "\"at_ms\":0.029", "\"at_ms\":-1")), "a.jsonl:2:", "at_ms"));
  CHECK(names(wrong_in(replaced(text, "\"at_ms\":1728.5", "\"at_ms\":1e300")),
              "a.jsonl:3:", "at_ms"));
  CHECK(names(wrong_in(replaced(text, "\"out\"", "\"up\"")), "a.jsonl:2:", "way"));
  CHECK(names(wrong_in(replaced(text, "\"peer\"", "\"pear\"")), "a.jsonl:2:", "peer"));
  CHECK(names(wrong_in(replaced(text, "\"lines\":2", "\"lines\":3")), "a.jsonl:4:", "lines"));
  CHECK(wrong_in(text + "{}\n").text.starts_with("a.jsonl:5: nothing may stand behind"));
  CHECK(wrong_in("").text.starts_with("a.jsonl:1:"));
  CHECK(wrong_in("[1]\n").text.starts_with("a.jsonl:1: the line must be a JSON object"));
  const auto longer = wrong_in(write_line(head) + std::string(recording_line_bytes_max, ' '));
  CHECK(longer.code == errc::too_large);
  CHECK(longer.text.starts_with("a.jsonl:2:"));
}

TEST_CASE("any byte anywhere is read or refused by its line") {
  const auto is_named = [](const error& why) {
    return why.code == errc::none || why.text.starts_with("a.jsonl:");
  };
  const auto text = whole();
  for (std::size_t i = 0; i < text.size(); ++i) {
    CHECK(is_named(wrong_in(text.substr(0, i))));
    for (const char byte : {'\0', '\n', '"', '{', '9', '\xFF'}) {
      auto other = text;
      other[i] = byte;
      CHECK(is_named(wrong_in(other)));
    }
  }
}
