// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "apps/troupe/shell/objectives.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::shell;

namespace {

request_info request(request_phase phase, float first, float last, std::uint32_t tokens,
                     std::uint32_t choices = 1) {
  return {.model = "tiny",
          .phase = phase,
          .choices = choices,
          .accepted_tokens = tokens,
          .first_token_ms = first,
          .last_token_ms = last};
}

constexpr auto completed = request_phase::completed;
constexpr objectives aim{.ttft_ms = 100, .tpot_ms = 10};

} // namespace

TEST_CASE("the time between tokens is the mean of those after the first") {
  CHECK(*tpot_ms_of(request(completed, 50, 150, 11)) == doctest::Approx(10));
  CHECK_FALSE(tpot_ms_of(request(completed, 50, 50, 1)));
  CHECK_FALSE(tpot_ms_of(request(request_phase::failed, 0, 0, 0)));
  CHECK(*tpot_ms_of(request(completed, 50, 150, 22, 2)) == doctest::Approx(10));
  CHECK_FALSE(tpot_ms_of(request(completed, 50, 60, 2, 2)));
}

TEST_CASE("both objectives are met up to their value, and only by who got an answer") {
  CHECK(meets(request(completed, 100, 200, 11), aim));
  CHECK_FALSE(meets(request(completed, 100.5F, 200, 11), aim));
  CHECK_FALSE(meets(request(completed, 100, 201, 11), aim));
  CHECK(meets(request(completed, 100, 100, 1), aim));
  CHECK_FALSE(meets(request(request_phase::failed, 5, 6, 2), aim));
  CHECK(meets(request(request_phase::abandoned, 5, 6, 2), aim));
  CHECK_FALSE(meets(request(request_phase::abandoned, 0, 0, 0), aim));
}

TEST_CASE("levels are counted by model and together; open requests have no times yet") {
  std::vector<request_info> all{request(completed, 10, 20, 11), request(completed, 500, 600, 11),
                                request(request_phase::failed, 0, 0, 0),
                                request(request_phase::open, 1, 2, 2),
                                request(request_phase::abandoned, 30, 31, 2)};
  all[1].model = "big";
  const auto levels = service_levels(all, aim);
  REQUIRE(levels.size() == 3);
  CHECK(levels[0].model == "big");
  CHECK(levels[0].within == 0.0);
  CHECK(levels[1].model == "tiny");
  CHECK(levels[1].requests == 4);
  CHECK(levels[1].completed == 1);
  CHECK(levels[1].failed == 1);
  CHECK(levels[1].abandoned == 1);
  CHECK(*levels[1].within == doctest::Approx(2.0 / 3));
  CHECK(*levels[1].ttft_ms[0] == doctest::Approx(10));
  CHECK(*levels[1].ttft_ms[2] == doctest::Approx(30));
  CHECK(levels[2].model.empty());
  CHECK(levels[2].requests == 5);
  CHECK(*levels[2].within == doctest::Approx(0.5));
}

TEST_CASE("percentiles are of nearest rank") {
  std::vector<request_info> all;
  for (int i = 100; i >= 1; --i) {
    all.push_back(request(completed, static_cast<float>(i), static_cast<float>(i + 10 * i), 11));
  }
  const auto level = service_levels(all, aim).back();
  CHECK(*level.ttft_ms[0] == doctest::Approx(50));
  CHECK(*level.ttft_ms[1] == doctest::Approx(95));
  CHECK(*level.ttft_ms[2] == doctest::Approx(99));
  CHECK(*level.tpot_ms[0] == doctest::Approx(50));
  CHECK(*level.tpot_ms[1] == doctest::Approx(95));
  CHECK(*level.within == doctest::Approx(0.1));
}

TEST_CASE("of nothing there is nothing to tell") {
  const auto levels = service_levels({}, aim);
  REQUIRE(levels.size() == 1);
  CHECK(levels[0].requests == 0);
  CHECK_FALSE(levels[0].within);
  CHECK_FALSE(levels[0].ttft_ms[1]);
}
