// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/node/crash_log.hpp"

#include "actors/node/process_end.hpp"

#include <doctest/doctest.h>

#include <csignal>

using namespace troupe;

namespace {

constexpr auto t0 = time_point{} + 1h;

} // namespace

TEST_CASE("deaths are numbered and told newest first with their ages") {
  crash_log log;
  log.add({.slot = "a"}, t0);
  log.add({.slot = "b"}, t0 + 2s);

  const auto told = log.report(t0 + 3s);

  REQUIRE(told.crashes.size() == 2);
  CHECK(told.crashes[0].slot == "b");
  CHECK(told.crashes[0].no == 2);
  CHECK(told.crashes[0].age_ms == 1000);
  CHECK(told.crashes[1].age_ms == 3000);
}

TEST_CASE("only so many deaths are remembered, and only so many bytes of them") {
  crash_log log(16'384);
  for (int i = 0; i < 1000; ++i) {
    log.add({.slot = "a", .log = std::vector<std::string>(100, std::string(1000, 'x'))}, t0);
    log.check_invariants();
  }
  CHECK(log.size() >= 1);
  CHECK(log.bytes() <= 16'384);

  crash_log many;
  for (int i = 0; i < 1000; ++i) {
    many.add({.slot = "a"}, t0);
  }
  CHECK(many.size() == limits::crashes_max);
  CHECK(many.report(t0).crashes.back().no == 1000 - limits::crashes_max + 1);
}

TEST_CASE("of a log the last lines are kept, each cut to its bound") {
  crash_log log;
  std::vector<std::string> lines(limits::crash_log_lines_max, "old");
  lines.emplace_back(1000, 'n');

  const auto& kept = log.add({.log = lines}, t0);

  CHECK(kept.log.size() == limits::crash_log_lines_max);
  CHECK(kept.log.back() == std::string(text_bytes_max, 'n'));
}

TEST_CASE("gateways add which requests were held, within a bound; strangers' numbers do nothing") {
  crash_log log;
  const auto no = log.add({.slot = "a"}, t0).no;
  std::vector<request_id> many(limits::held_requests_max, request_id{{1, 1}});

  log.add_held({.no = no, .requests = {request_id{{7, 7}}}, .more = 2});
  log.add_held({.no = no, .requests = many, .more = 0xFFFFFFFF});
  log.add_held({.no = 99, .requests = many});

  const auto told = log.report(t0).crashes.at(0);
  CHECK(told.held.size() == limits::held_requests_max);
  CHECK(told.held.front() == request_id{{7, 7}});
  CHECK(told.held_more == 0xFFFFFFFF);
  log.check_invariants();
}

TEST_CASE("faults and aborts prove that a process died of itself, kills from outside do not") {
  CHECK(died_of_itself({.signal = SIGSEGV}));
  CHECK(died_of_itself({.signal = SIGABRT}));
  CHECK(died_of_itself({.code = 3}));
  CHECK_FALSE(died_of_itself({.code = 0}));
  CHECK_FALSE(died_of_itself({.signal = SIGTERM}));
  CHECK_FALSE(died_of_itself({.signal = SIGKILL}));
  CHECK(died_of_itself({.signal = SIGKILL, .out_of_memory = true}));
}
