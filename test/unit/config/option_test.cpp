// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/config/option.hpp"

#include "runtime/config/nearest.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::config;

TEST_CASE("an integer takes separators and suffixes") {
  const auto what = integer("bytes", 0, 0, std::int64_t{1} << 40, "Bytes.");

  CHECK(std::get<std::int64_t>(*parse_value(what, "1_024")) == 1024);
  CHECK(std::get<std::int64_t>(*parse_value(what, "8k")) == 8000);
  CHECK(std::get<std::int64_t>(*parse_value(what, "8Ki")) == 8192);
  CHECK(std::get<std::int64_t>(*parse_value(what, "2m")) == 2'000'000);
  for (const auto* bad : {"", "k", "1.5", "0x10", "5 ", "1kk", "--3", "99999999999999999999"}) {
    CHECK_FALSE(parse_value(what, bad));
  }
}

TEST_CASE("an integer out of range names the option, the value and the range") {
  const auto parsed = parse_value(integer("router.queue", 5, 1, 10, "Queue."), "11");

  REQUIRE_FALSE(parsed);
  CHECK(parsed.err().code == errc::invalid_value);
  CHECK(parsed.err().field == "router.queue");
  CHECK(parsed.err().text == "router.queue: '11' is out of range; give an integer 1..10");
}

TEST_CASE("an integer that overflows with its suffix is refused") {
  const auto what = integer("n", 0, std::numeric_limits<std::int64_t>::min(),
                            std::numeric_limits<std::int64_t>::max(), "N.");

  CHECK_FALSE(parse_value(what, "9223372036854775807g"));
}

TEST_CASE("a time needs a unit and prints in its largest one") {
  const auto what = config::time("silence", 1s, 0s, 2h, "Silence.");

  CHECK(std::get<duration>(*parse_value(what, "1500ms")) == 1500ms);
  CHECK(std::get<duration>(*parse_value(what, "1.5s")) == 1500ms);
  CHECK(std::get<duration>(*parse_value(what, "0")) == 0s);
  CHECK(format_value(duration{1500ms}) == "1500ms");
  CHECK(format_value(duration{2h}) == "2h");
  for (const auto* bad : {"5", "s", "3h", "-1s", "1 s", "1e3s", "1.2.3s"}) {
    CHECK_FALSE(parse_value(what, bad));
  }
}

TEST_CASE("a choice and a boolean take only their words") {
  const auto mode = choice("mode", "auto", {"auto", "local"}, "Mode.");

  CHECK(std::get<std::string>(*parse_value(mode, "local")) == "local");
  CHECK(parse_value(mode, "remote").err().text
        == "mode: 'remote' is not a choice; give one of auto, local");
  CHECK(std::get<bool>(*parse_value(boolean("b", false, "B."), "on")));
  CHECK_FALSE(parse_value(boolean("b", false, "B."), "maybe"));
}

TEST_CASE("a number must be finite and within its range") {
  const auto what = real("share", 0.5, 0, 1, "Share.");

  CHECK(std::get<double>(*parse_value(what, "0.25")) == 0.25);
  for (const auto* bad : {"nan", "inf", "1.01", "-0.1", "0.5x", ""}) {
    CHECK_FALSE(parse_value(what, bad));
  }
}

TEST_CASE("names and defaults of an option derive flag and variable") {
  const auto what = integer("router.queue_requests_max", 7, 1, 10, "Queue.");

  CHECK(what.flag == "--router-queue-requests-max");
  CHECK(what.env == "TROUPE_ROUTER_QUEUE_REQUESTS_MAX");
  CHECK(what.group == "router");
}

TEST_CASE("the nearest name is found through a typing error, nothing far away is") {
  const auto names = std::vector<std::string>{"router.queue", "router.prefill", "http.port"};

  CHECK(nearest("ruoter.queue", names) == "router.queue");
  CHECK(nearest("http.prot", names) == "http.port");
  CHECK_FALSE(nearest("completely.other", names));
  CHECK_FALSE(nearest(std::string(5000, 'x'), names));
}
