// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "actors/gateway/quarantine_word.hpp"

#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

using namespace troupe;
using namespace troupe::test;

namespace {

const actor_ref gateway_b = actor(7, 1);
const actor_ref gateway_c = actor(8, 1);

constexpr auto t0 = time_point{} + 1h;

struct fixture {
  fixture() { word.keep({gateway_b, gateway_c}); }

  std::vector<actor_ref> due(std::uint64_t last, time_point now) {
    word.check_invariants(last);
    return word.due(last, now);
  }

  quarantine_word word{{.least = 200ms, .most = 2s}};
};

} // namespace

TEST_CASE("every gateway is told once of what was condemned") {
  fixture f;
  CHECK(f.due(0, t0).empty());
  CHECK_FALSE(f.word.next_wake(0));
  CHECK(f.due(1, t0) == std::vector{gateway_b, gateway_c});

  f.word.asked(gateway_b, 11, 1);
  f.word.asked(gateway_c, 12, 1);
  CHECK(f.due(2, t0).empty()); // One thing at a time.
  CHECK(f.word.answered(11, errc::none, t0));
  CHECK_FALSE(f.word.answered(11, errc::none, t0));
  CHECK_FALSE(f.word.answered(99, errc::none, t0));

  CHECK(f.due(2, t0) == std::vector{gateway_b});
  CHECK(f.word.heard(gateway_b) == 1);
  CHECK(f.due(1, t0).empty());
}

TEST_CASE("who did not hear is told again, less and less often, until it did") {
  fixture f;
  f.word.keep({gateway_b});
  auto now = t0;
  for (const auto pause : {200ms, 400ms, 800ms, 1600ms, 2000ms, 2000ms}) {
    f.word.asked(gateway_b, 5, 1);
    CHECK(f.word.answered(5, errc::peer_gone, now));
    CHECK(f.due(1, now + pause - 1ms).empty());
    CHECK(f.word.next_wake(1) == now + pause);
    now += pause;
    CHECK(f.due(1, now).size() == 1);
  }
  f.word.asked(gateway_b, 6, 1);
  f.word.answered(6, errc::none, now);
  CHECK_FALSE(f.word.next_wake(1));
}

TEST_CASE("a gateway of a version that does not know the message is left alone") {
  fixture f;
  f.word.keep({gateway_b});
  f.word.asked(gateway_b, 5, 1);
  f.word.answered(5, errc::unknown_type, t0);

  CHECK(f.due(9, t0 + 1h).empty());
  CHECK_FALSE(f.word.next_wake(9));
}

TEST_CASE("who appears is told everything, who went is forgotten, even if asked") {
  fixture f;
  f.word.asked(gateway_b, 5, 3);
  f.word.answered(5, errc::none, t0);
  f.word.asked(gateway_c, 6, 3);
  f.word.keep({gateway_b});
  CHECK_FALSE(f.word.answered(6, errc::none, t0));

  f.word.keep({gateway_b, gateway_c});

  CHECK(f.due(3, t0) == std::vector{gateway_c});
  CHECK(f.word.heard(gateway_c) == 0);
}

TEST_CASE("of what is no longer in force nobody is told") {
  fixture f;
  f.word.keep({gateway_b});
  f.word.passed(gateway_b, 4);

  CHECK(f.due(4, t0).empty());
  CHECK(f.due(5, t0).size() == 1);
}
