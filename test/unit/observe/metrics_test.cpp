// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/observe/metrics.hpp"

#include <doctest/doctest.h>

#include <thread>

using namespace troupe::observe;

TEST_CASE("counters and gauges appear with help, type and labels") {
  auto all = metrics{};
  all.counter_of("troupe_a_total", "Things.", {{"model", "tiny"}, {"class", "b\"c"}}).add(3);
  all.gauge_of("troupe_b_bytes", "Bytes.").set(2.5);

  const auto text = all.text();

  CHECK(text.find("# HELP troupe_a_total Things.\n# TYPE troupe_a_total counter\n")
        != std::string::npos);
  CHECK(text.find("troupe_a_total{class=\"b\\\"c\",model=\"tiny\"} 3\n") != std::string::npos);
  CHECK(text.find("troupe_b_bytes 2.5\n") != std::string::npos);
}

TEST_CASE("a histogram counts up to and including each bound") {
  auto all = metrics{};
  auto& waited = all.histogram_of("troupe_wait_seconds", "Waiting.", {0.1, 1});

  for (const double v : {0.05, 0.1, 0.5, 7.0}) {
    waited.observe(v);
  }

  const auto text = all.text();
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"0.1\"} 2\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"1\"} 3\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"+Inf\"} 4\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_count 4\n") != std::string::npos);
  CHECK(exponential_bounds(1, 2, 4) == std::vector<double>{1, 2, 4, 8});
}

TEST_CASE("a histogram takes observations that were counted elsewhere") {
  auto all = metrics{};
  auto& waited = all.histogram_of("troupe_wait_seconds", "Waiting.", {0.1, 1});
  waited.observe(0.5);

  waited.add(std::vector<std::uint64_t>{1, 2, 3}, 20.25);

  const auto text = all.text();
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"0.1\"} 1\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"1\"} 4\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_bucket{le=\"+Inf\"} 7\n") != std::string::npos);
  CHECK(text.find("troupe_wait_seconds_sum 20.75\n") != std::string::npos);
}

TEST_CASE("the same name and labels give the same series") {
  auto all = metrics{};

  CHECK(&all.counter_of("troupe_x_total", "X.", {{"a", "1"}})
        == &all.counter_of("troupe_x_total", "X.", {{"a", "1"}}));
  CHECK(&all.counter_of("troupe_x_total", "X.", {{"a", "1"}})
        != &all.counter_of("troupe_x_total", "X.", {{"a", "2"}}));
}

TEST_CASE("series beyond the limit share one") {
  auto all = metrics{};
  for (int i = 0; i < 1005; ++i) {
    all.counter_of("troupe_x_total", "X.", {{"key", std::to_string(i)}}).add();
  }

  CHECK(all.counter_of("troupe_x_total", "X.", {{"key", "new"}}).value() == 5);
  CHECK(all.text().find("key=\"other\"} 5") != std::string::npos);
}

TEST_CASE("increments from many threads are all counted") {
  auto all = metrics{};
  auto& count = all.counter_of("troupe_x_total", "X.");
  auto& level = all.gauge_of("troupe_level", "Level.");
  {
    auto threads = std::vector<std::jthread>{};
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10'000; ++i) {
          count.add();
          level.add(1);
        }
      });
    }
  }

  CHECK(count.value() == 40'000);
  CHECK(level.value() == 40'000);
}

TEST_CASE("refreshers run before the text is written") {
  auto all = metrics{};
  auto& gauge = all.gauge_of("troupe_level", "Level.");
  all.before_text([&gauge] { gauge.set(4); });

  CHECK(all.text().find("troupe_level 4\n") != std::string::npos);
}
