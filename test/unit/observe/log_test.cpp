// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/log.hpp"

#include "runtime/observe/log_writers.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace troupe;
using namespace troupe::observe;

namespace {

struct fixture {
  logger make(level least = level::debug, std::uint32_t lines = 100) {
    return {kept, {.least = least, .lines_per_event_s_max = lines, .wall_now = [this] {
                     return now;
                   }}};
  }

  const std::vector<std::string>& lines() const { return kept->lines(); }

  std::shared_ptr<memory_writer> kept = std::make_shared<memory_writer>();
  std::chrono::system_clock::time_point now{std::chrono::milliseconds{1'700'000'000'123}};
};

} // namespace

TEST_CASE_FIXTURE(fixture, "a line carries time, level, actor, event and the facts in order") {
  const auto log = make().of("router@n1");

  log.warn("request_refused",
           {{"request", 7U}, {"why", "overloaded"}, {"share", 0.5}, {"final", true}, {"left", -3}});

  REQUIRE(lines().size() == 1);
  CHECK(lines()[0]
        == "ts=2023-11-14T22:13:20.123Z level=warn actor=router@n1 event=request_refused request=7 "
           "why=overloaded share=0.5 final=true left=-3");
}

TEST_CASE_FIXTURE(fixture, "no value can break out of its line or field") {
  make().info("said", {{"a", "x y"},
                       {"b", "1\n2\r\"=\\"},
                       {"c", "\x1b[2J"},
                       {"d", ""},
                       {"e", "gr\xc3\xbc\xc3\x9f"},
                       {"f", "bad\xff"}});

  CHECK(lines()[0].substr(lines()[0].find(" a="))
        == R"( a="x y" b="1\n2\x0d\"=\\" c="\x1b[2J" d="" e="grüß" f="bad\xff")");
}

TEST_CASE_FIXTURE(fixture, "long values and lines are cut") {
  const auto big = std::string(5000, 'x');

  make().info("said", {{"a", big}});
  CHECK(lines()[0].ends_with("xxx..."));
  CHECK(lines()[0].size() < 1200);
}

TEST_CASE_FIXTURE(fixture, "lines below the least level are not written") {
  const auto log = make(level::warn);

  log.info("started");
  log.error("failed");

  CHECK(lines().size() == 1);
  CHECK_FALSE(log.writes(level::info));
  logger{}.error("discarded");
}

TEST_CASE_FIXTURE(fixture, "too many lines of one event are counted instead of written") {
  const auto log = make(level::info, 3);

  for (int i = 0; i < 10; ++i) {
    log.info("flooded");
  }
  log.info("quiet");
  CHECK(lines().size() == 4);

  now += std::chrono::seconds{1};
  log.info("flooded");
  CHECK(lines().back().ends_with("event=flooded suppressed=7"));
}

TEST_CASE("a log file is appended to and a bad path is an error that names it") {
  const auto path =
      std::filesystem::temp_directory_path() / ("troupe_log_" + std::to_string(getpid()));
  auto writer = file_writer(path.string());
  REQUIRE(writer);

  (*writer)->write(level::error, "one line {}");

  auto line = std::string{};
  std::getline(std::ifstream{path}, line);
  CHECK(line == "one line {}");
  std::filesystem::remove(path);
  const auto failed = file_writer("/dev/null/x/log");
  CHECK(failed.err().code == errc::io_failed);
  CHECK(failed.err().field == "/dev/null/x/log");
}

TEST_CASE_FIXTURE(fixture, "one actor may be heard in more detail, and as before again") {
  const auto log = make(level::info);
  const auto router = log.of("router");
  const auto gateway = log.of("gateway");

  REQUIRE(log.set_level("router", level::debug));
  router.debug("first");
  gateway.debug("second");
  REQUIRE(log.set_level("router", std::nullopt));
  router.debug("third");

  REQUIRE(lines().size() == 1);
  CHECK(lines()[0].find("actor=router event=first") != std::string::npos);
  CHECK_FALSE(router.writes(level::debug));
}

TEST_CASE_FIXTURE(fixture, "a level for all is for those without their own") {
  const auto log = make(level::info);
  REQUIRE(log.set_level("", level::error));
  REQUIRE(log.set_level("router", level::warn));

  log.of("router").warn("first");
  log.of("gateway").warn("second");
  log.error("third");

  REQUIRE(lines().size() == 2);
}

TEST_CASE_FIXTURE(fixture, "levels are few, and a log that discards everything has none") {
  const auto log = make(level::info);
  for (std::size_t i = 0; i < logger::own_levels_max; ++i) {
    REQUIRE(log.set_level("actor-" + std::to_string(i), level::debug));
  }

  CHECK_FALSE(log.set_level("one-more", level::debug));
  CHECK(log.set_level("actor-0", level::trace));
  CHECK_FALSE(logger{}.set_level("", level::debug));
}
