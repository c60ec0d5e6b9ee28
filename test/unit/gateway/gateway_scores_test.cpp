// SPDX-FileCopyrightText: 2026 The Troupe authors
// SPDX-License-Identifier: Apache-2.0
#include "messages/vocab/error_codes.hpp"
#include "test/unit/gateway/core_rig.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace troupe;
using namespace troupe::test;

namespace {

struct scoring_rig : core_rig {
  scoring_rig() {
    know_routers();
    what = request();
    what->how.prompt_logprobs = true; // Of "hello": four.
  }

  void tell(const stream_start& which, std::uint32_t first, std::vector<float> logprobs,
            std::string_view made = "") {
    tokens batch;
    auto& entry = batch.entries.emplace_back();
    entry.stream = which.stream;
    entry.attempt = which.attempt;
    entry.tokens = as_tokens(made);
    entry.first_scored = first;
    for (const auto each : logprobs) {
      entry.prompt_logprobs.push_back({.logprob = each, .top = {}});
    }
    say(worker_a, batch);
  }

  std::shared_ptr<prepared> what;
};

using numbers = std::vector<float>;

} // namespace

TEST_CASE("a prompt that is scored is placed to be computed where it is decoded") {
  scoring_rig rig;
  rig.what->forced.prefill = prefill_mode::remote;
  rig.submit(1, rig.what);
  CHECK(rig.sent<place>().prefill == prefill_mode::local);
  CHECK(rig.sent<place>().names.empty());
  const auto order = rig.placed_at(worker_a);

  CHECK(order.how.prompt_logprobs);
  CHECK(order.streams[0].scored == 0);
  CHECK_FALSE(order.prefill);
}

TEST_CASE("of a chat's choices the first is scored, of a completion's each") {
  for (const bool completes : {false, true}) {
    scoring_rig rig;
    rig.what->choices = 2;
    rig.what->continues_prompt = completes;
    CHECK(rig.what->scores_of(0) == 4);
    CHECK(rig.what->scores_of(1) == (completes ? 4 : 0));
  }
}

TEST_CASE("scores reach the client once and in order, a repeated beginning is skipped") {
  scoring_rig rig;
  const auto which = rig.running(1, worker_a, rig.what);
  rig.tell(which, 0, {-1, -2});
  rig.tell(which, 0, {-1, -2, -3});
  rig.tell(which, 3, {-4}, "a");

  CHECK(rig.choice(1).scores == numbers{-1, -2, -3, -4});
  CHECK(rig.choice(1).text == "a");
  CHECK(rig.core.stats().broken_streams == 0);
}

TEST_CASE("more scores than the prompt has tokens are not told") {
  scoring_rig rig;
  const auto which = rig.running(1, worker_a, rig.what);
  rig.tell(which, 0, {-1, -2, -3, -4, -5, -6}, "a");

  CHECK(rig.choice(1).scores == numbers{-1, -2, -3, -4});
}

TEST_CASE("a gap in the scores, or a token before they are complete, is a broken stream") {
  for (const int kind : {0, 1, 2}) {
    scoring_rig rig;
    const auto which = rig.running(1, worker_a, rig.what);
    rig.tell(which, 0, {-1});
    if (kind == 0) {
      rig.tell(which, 2, {-3, -4});
    } else if (kind == 1) {
      rig.tell(which, 1, {-2, -3}, "a");
    } else {
      rig.make(worker_a, which, 0, "", stream_end{});
    }
    CHECK(rig.core.stats().broken_streams == 1);
    CHECK(rig.choice(1).text.empty());
    CHECK(rig.choice(1).ends == 0);

    rig.advance(1ms);
    const auto again = rig.placed_at(worker_a).streams[0];
    CHECK(again.scored == 1); // What the client has is not told again.
    rig.tell(again, 1, {-2, -3, -4}, "a");
    CHECK(rig.choice(1).scores == numbers{-1, -2, -3, -4});
    CHECK(rig.choice(1).text == "a");
  }
}

TEST_CASE("a worker lost while it scores is replaced without a seam") {
  scoring_rig rig;
  const auto which = rig.running(1, worker_a, rig.what);
  rig.tell(which, 0, {-1, -2, -3, -4});
  rig.down(worker_a);
  rig.advance(1s);
  CHECK(rig.sent<place>().prefill == prefill_mode::auto_); // Nothing is left to score.
  const auto again = rig.placed_at(worker_b).streams[0];
  CHECK(again.scored == 4);
  rig.make(worker_b, again, 0, "ab", stream_end{});

  CHECK(rig.choice(1).scores == numbers{-1, -2, -3, -4});
  CHECK(rig.choice(1).text == "ab");
  CHECK(rig.choice(1).ends == 1);
}

TEST_CASE("workers that know no scores end the request with the reason") {
  scoring_rig rig;
  rig.submit(1, rig.what);
  for (int attempts = 0; attempts < 20 && rig.client(1).errors.empty(); ++attempts) {
    if (rig.out.sent<place>().empty()) {
      rig.advance(1s);
      continue;
    }
    rig.make(worker_a, rig.placed_at(worker_a).streams[0], 0, "a");
  }

  REQUIRE(rig.client(1).errors.size() == 1);
  CHECK(rig.client(1).errors[0].code == errors::budget_exhausted);
  CHECK(rig.client(1).errors[0].text.find("log probabilities of the prompt") != std::string::npos);
  CHECK(rig.choice(1).text.empty());
}
