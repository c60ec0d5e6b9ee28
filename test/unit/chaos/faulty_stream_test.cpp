// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/chaos/faulty_stream.hpp"

#include <doctest/doctest.h>

#include <string>

namespace troupe::chaos {

namespace {

constexpr time_point start{};

/// A stream with that fault alone, and where it comes.
struct rig {
  explicit rig(wire_fault what, std::uint64_t every = 40)
      : fault(plan(what, every).next()), stream(plan(what, every)) {}

  static fault_plan plan(wire_fault what, std::uint64_t every) {
    return {
        11, 0, true, {.kinds = {what}, .every_bytes = every, .pause_max = 100ms, .length_max = 4}};
  }

  /// Up to the second fault, in pieces of `step`.
  std::string feed(std::size_t step, time_point now = start) {
    auto after = plan(fault.what, 40);
    after.advance();
    sent.clear();
    for (std::uint64_t i = 0; i < after.next().at; ++i) {
      sent.push_back(static_cast<char>('!' + i % 90));
    }
    std::string got;
    for (std::size_t at = 0; at < sent.size(); at += step) {
      stream.take(as_bytes_view(std::string_view(sent).substr(at, step)), now);
      got += as_text(stream.give(now));
    }
    return got;
  }

  planned_fault fault;
  faulty_stream stream;
  std::string sent;
};

} // namespace

TEST_CASE("a stream flips the planned bit and no other, however its bytes come") {
  for (const std::size_t step : {1, 3, 1000}) {
    rig r(wire_fault::flip);
    const auto got = r.feed(step);
    auto expected = r.sent;
    expected[r.fault.at] = static_cast<char>(expected[r.fault.at] ^ (1 << r.fault.bit));
    CHECK(got == expected);
    CHECK(r.stream.take_done().size() == 1);
  }
}

TEST_CASE("a stream says the planned bytes twice") {
  for (const std::size_t step : {1, 3, 1000}) {
    rig r(wire_fault::duplicate);
    const auto got = r.feed(step);
    auto expected = r.sent;
    expected.insert(r.fault.at, r.sent.substr(r.fault.at, r.fault.length));
    CHECK(got == expected);
  }
}

TEST_CASE("a stream lets bytes pass others, and waits for them no longer than it should") {
  for (const std::size_t step : {1, 3, 1000}) {
    rig r(wire_fault::reorder);
    const auto got = r.feed(step);
    const auto at = r.fault.at;
    const auto half = r.fault.length;
    CHECK(got
          == r.sent.substr(0, at) + r.sent.substr(at + half, half) + r.sent.substr(at, half)
                 + r.sent.substr(at + 2 * half));
  }
  rig lone(wire_fault::reorder);
  const std::string bytes_up_to_it(lone.fault.at + 1, 'x');
  lone.stream.take(as_bytes_view(bytes_up_to_it), start);
  CHECK(lone.stream.give(start).size() == lone.fault.at);
  REQUIRE(lone.stream.next_wake(start));
  CHECK(lone.stream.give(*lone.stream.next_wake(start)).size() == 1);
  CHECK(lone.stream.is_empty());
}

TEST_CASE("a delay holds what comes after it, in order") {
  rig r(wire_fault::delay);
  const auto got = r.feed(1000);
  CHECK(got == r.sent.substr(0, r.fault.at));
  REQUIRE(r.stream.next_wake(start));
  CHECK(*r.stream.next_wake(start) == start + r.fault.pause);
  CHECK(as_text(r.stream.give(start + r.fault.pause)) == r.sent.substr(r.fault.at));
}

TEST_CASE("a half-open stream swallows the rest, for good") {
  rig r(wire_fault::half_open);
  const auto got = r.feed(1000);
  CHECK(got == r.sent.substr(0, r.fault.at));
  r.stream.calm_down();
  r.stream.take(as_bytes_view("more"), start);
  CHECK(r.stream.give(start + 1h).empty());
  CHECK(r.stream.wants_more(start));
}

TEST_CASE("a clogged stream takes nothing for a while and loses nothing") {
  rig r(wire_fault::clog);
  const auto got = r.feed(1000);
  CHECK(got == r.sent);
  CHECK_FALSE(r.stream.wants_more(start));
  CHECK(r.stream.next_wake(start) == start + r.fault.pause);
  CHECK(r.stream.wants_more(start + r.fault.pause));
}

TEST_CASE("a reset ends a stream") {
  rig r(wire_fault::reset);
  r.feed(1000);
  CHECK(r.stream.is_reset());
  CHECK_FALSE(r.stream.wants_more(start));
}

TEST_CASE("nothing befalls a stream after it was calmed") {
  rig r(wire_fault::flip);
  r.stream.calm_down();
  const auto got = r.feed(7);
  CHECK(got == r.sent);
  CHECK(r.stream.take_done().empty());
}

TEST_CASE("a stream that holds much takes no more") {
  rig r(wire_fault::delay, 1);
  const bytes piece(faulty_stream::piece_max);
  int taken = 0;
  while (r.stream.wants_more(start) && taken < 1000) {
    r.stream.take(piece, start);
    ++taken;
  }
  CHECK(taken < 100);
}

} // namespace troupe::chaos
