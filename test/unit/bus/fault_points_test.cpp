// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/fault_points.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace troupe;

namespace {

std::string course(fault_points& points, fault what) {
  std::string out;
  for (int left = 64; left > 0; --left) {
    out += points.fires(what) ? '1' : '0';
  }
  return out;
}

} // namespace

TEST_CASE("a point fires by its rate and its seed, and counts") {
  fault_points points(5);
  points.set(fault::lose, fault_points::always);
  points.set(fault::delay, fault_points::always / 2);

  CHECK(course(points, fault::lose) == std::string(64, '1'));
  CHECK(course(points, fault::dial) == std::string(64, '0'));
  const auto some = course(points, fault::delay);
  CHECK(some.find('1') != std::string::npos);
  CHECK(some.find('0') != std::string::npos);
  CHECK(points.counts()[static_cast<std::size_t>(fault::lose)] == 64);
  points.silence();
  CHECK(course(points, fault::lose) == std::string(64, '0'));
}

TEST_CASE("one point's choices do not depend on the others") {
  fault_points both(5);
  both.set(fault::lose, 300'000);
  both.set(fault::delay, 300'000);
  (void)course(both, fault::lose);
  fault_points one(5);
  one.set(fault::delay, 300'000);

  CHECK(course(both, fault::delay) == course(one, fault::delay));
}

TEST_CASE(
    "sets of faults are read and written, and unknown names are refused with those there are") {
  const auto some = fault_set::parse("cut,pause", "sim.fault_kinds");
  REQUIRE(some.has_value());
  CHECK(some->has(fault::cut));
  CHECK(some->has(fault::pause));
  CHECK_FALSE(some->has(fault::hang));
  CHECK(some->text() == "cut,pause");
  CHECK(fault_set::parse("all", "")->text() == "all");
  CHECK(fault_set::parse("none", "")->text() == "none");

  const auto wrong = fault_set::parse("cut,flood", "sim.fault_kinds");
  REQUIRE_FALSE(wrong.has_value());
  CHECK(wrong.err().field == "sim.fault_kinds");
  CHECK(wrong.err().text.find("one_way") != std::string::npos);
}
