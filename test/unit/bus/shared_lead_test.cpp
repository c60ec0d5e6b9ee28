// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus/shared_lead.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <thread>

using namespace troupe;

namespace {

/// The second thread: counts how often it was given the lead, and hands it on at once.
struct standing_by {
  explicit standing_by(shared_lead& lead)
      : other([this, &lead] {
          while (lead.stand_by()) {
            ++leads;
            while (!lead.can_lend() && !ends) {
              std::this_thread::yield();
            }
            if (ends) {
              return;
            }
            lead.lend(); // Long enough for the first to take it.
            std::this_thread::sleep_for(20ms);
            CHECK_FALSE(lead.take_back());
          }
        }) {}
  void end(shared_lead& lead) {
    ends = true;
    lead.stop();
    other.join();
  }

  std::atomic<int> leads{0};
  std::atomic<bool> ends{false};
  std::thread other;
};

void await_spare(const shared_lead& lead) {
  while (!lead.can_lend()) {
    std::this_thread::yield();
  }
}

} // namespace

TEST_CASE("who is back in time keeps the lead") {
  shared_lead lead(200ms);
  CHECK_FALSE(lead.can_lend());
  standing_by spare(lead);
  await_spare(lead);
  for (int i = 0; i < 10'000; ++i) {
    lead.lend();
    REQUIRE(lead.take_back());
  }
  CHECK(spare.leads == 0);
  spare.end(lead);
}

TEST_CASE("who is away for long loses the lead, and gets it back the same way") {
  shared_lead lead(1ms);
  standing_by spare(lead);
  for (int i = 1; i <= 5; ++i) {
    await_spare(lead);
    lead.lend();
    std::this_thread::sleep_for(10ms);
    REQUIRE_FALSE(lead.take_back());
    REQUIRE(lead.stand_by());
    CHECK(spare.leads == i);
  }
  spare.end(lead);
}

TEST_CASE("a stop ends the standing by, whenever it comes") {
  for (int i = 0; i < 200; ++i) {
    shared_lead lead(1ms);
    standing_by spare(lead);
    if (i % 2 == 0) {
      await_spare(lead);
    }
    spare.end(lead);
  }
}
